-- study_growth: scores and growth of the students of an extract, without dates, their values moved by key
-- Grain    one row per student of the extract, test, subject and sitting
-- Inputs   to:Date windows that began before; extracting_students, extracting_units (study-units.sql)
-- Columns  as in the table growth of an extract
-- Source   indicators E5; differs: values are moved at random (by key, without bias, evenly within ±1.5 steps) before they are
--          rounded, so that no value of one extract is found again in another by being equal
-- least and greatest pass over nulls: what may be null is asked first.
with
  -- (x, step, u) -> x moved by up to 1.5 steps, then rounded to whole steps
  ((x, step, u) -> step * round(x / step + 3 * (u - 0.5)) + 0.) as moved,
  taken as (
    select s.person as person, s.seed as seed, w.student_id as student_id, w.test as test, w.subject as subject, w.window as window,
      w.score as score, w.day as day,
      row_number() over (partition by w.student_id, w.test, w.subject order by w.window_begin, w.window) as sitting,
      min(w.day) over (partition by w.student_id, w.test, w.subject) as first_day
    from (select * from window_scores final where window_begin < {to:Date}) as w
    inner join extracting_students as s on s.student_id = w.student_id
  ),
  chance as (
    select *, arrayMap(i -> sipHash64(seed, test, subject, sitting, i) / 18446744073709551616., range(3)) as u,
      -- of a line there is one, which every row of it repeats
      arrayMap(i -> sipHash64(seed, test, subject, i) / 18446744073709551616., range(100, 102)) as v
    from taken
  ),
  percentiles as (select * from student_growth final where indicator = 'growth_percentile'),
  conditional as (select * from student_growth final where indicator = 'conditional_growth')
select t.person as person, t.test as test, t.subject as subject, toUInt8(t.sitting) as sitting,
  round((toInt32(t.day) - toInt32(t.first_day)) / 365.25, 1) as years,
  moved(least(greatest(t.score, n.least_score), n.most_score), n.score_step, t.u[1]) as score,
  moved(p.value, 2, t.u[2]) as growth_percentile,
  if(c.value is null, null, round(moved(least(greatest(c.value, -3), 3), 0.1, t.u[3]), 1)) as conditional_growth,
  if(n.least_slope < n.most_slope and l.slope is not null, round(moved(least(greatest(l.slope, n.least_slope), n.most_slope), n.slope_step, t.v[1]), 3), null) as slope,
  if(slope is null, null, round(greatest(n.slope_step, moved(l.se, n.slope_step, t.v[2])), 3)) as slope_se
from chance as t
inner join extracting_units as n on n.test = t.test and n.subject = t.subject
left any join percentiles as p on p.student_id = t.student_id and p.test = t.test and p.subject = t.subject and p.window = t.window
left any join conditional as c on c.student_id = t.student_id and c.test = t.test and c.subject = t.subject and c.window = t.window
left any join (select * from student_trajectories final where status = 'ok') as l
  on l.student_id = t.student_id and l.test = t.test and l.subject = t.subject
