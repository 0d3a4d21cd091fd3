-- growth_of_students: scores of some students with what they say of growth
-- Grain    one row per student, test, subject and window, or pair of windows
-- Inputs   students:Array(String) pseudonyms, hexadecimal
-- Columns  student pseudonym · indicator growth_percentile (a row for every score) or conditional_growth · test · subject · window · day of
--          the sitting · score, prior points (prior null: none) · band quarter of the cohort by the prior score, 0 none · value percentile 1
--          to 99, or standard deviations, null unless status is ok · lo, hi of the score less and plus its error of measurement, null: not
--          said · status · reason
-- Source   indicators A1, A5 (student_growth); for their adviser or teacher only; differs: none
select lower(hex(student_id)) as student, toString(indicator) as indicator, toString(test) as test, toString(subject) as subject,
  toString(window) as window, toString(day) as day, score, prior, band, value, lo, hi, toString(status) as status, toString(reason) as reason
from student_growth final
where student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32))
order by student, test, subject, student_growth.window_begin, window, indicator
