-- effort_sensitivity: how minutes of time on task depend on its two constants, in the newest week of which that was computed and that was
-- over when the snapshot was made
-- Grain    one row per gap and cap
-- Inputs   before:Date (a Monday)
-- Columns  week · gap_minutes, cap_minutes · share of the minutes at 30 and 10, 0 and more · correlation of students with them (Spearman)
-- Source   indicators B2 (table effort_sensitivity); differs: no minutes, shares of them only; none of fewer than 100 students
with newest as (
  select * from effort_sensitivity final
  where n >= 100 and week = (select max(week) from effort_sensitivity final where week < {before:Date} and n >= 100)
)
select toString(week) as week, gap_minutes, cap_minutes,
  round(mean / (select any(mean) from newest where gap_minutes = 30 and cap_minutes = 10), 2) as share, round(correlation, 2) as correlation
from newest
order by gap_minutes, cap_minutes
