-- student_percentiles: the newest growth percentile of one student in each subject
-- Grain    one row per test and subject
-- Inputs   student:String pseudonym, hexadecimal
-- Columns  test · subject · window · day of the sitting · value 1 to 99 · lo, hi the value of the score less and plus its standard error of
--          measurement, null: not said
-- Source   indicators A1 (student_growth); differs: none
select toString(test) as test, toString(subject) as subject, toString(window) as window, toString(day) as day,
  assumeNotNull(value) as value, lo, hi
from student_growth final
where student_id = toFixedString(unhex({student:String}), 32) and indicator = 'growth_percentile' and status = 'ok' and value is not null
order by student_growth.window_begin desc
limit 1 by test, subject
