-- conditional_pairs: every student's scores of two windows of one test and subject, with the instruction between them
-- Grain    one row per student who has both
-- Inputs   test:String, subject:String (as in window_scores) · from:String, to:String (the two windows)
-- Columns  student_id pseudonym, hexadecimal · grade of the second sitting ('' not said) · school_id of enrolment on its day ('' none) ·
--          pre, post points · weeks of instruction between the sittings: school days of the district ÷ 5 · as_of storedAt of the newer
--          of the two, milliseconds since 1970
-- Source   indicators A5; differs: none. Who sat the second before the first has no row.
with
  -- school days of the district from one day (counted from 1970, a Thursday) up to another
  (select groupArray(toInt32(day)) from calendar final where school_id = '' and not school_day and toDayOfWeek(day) <= 5) as closed,
  (select groupArray(toInt32(day)) from calendar final where school_id = '' and school_day and toDayOfWeek(day) > 5) as weekends,
  (day -> intDiv(day + 3, 7) * 5 + least((day + 3) % 7, 5)) as weekdays_before,
  ((a, b) -> weekdays_before(b) - weekdays_before(a) - arrayCount(d -> d >= a and d < b, closed)
    + arrayCount(d -> d >= a and d < b, weekends)) as school_days,
  scores as (select * from window_scores final where test = {test:String} and subject = {subject:String})
select lower(hex(post.student_id)) as student_id, toString(post.grade) as grade, post.school_id as school_id,
  pre.score as pre, post.score as post, school_days(toInt32(pre.day), toInt32(post.day)) / 5 as weeks,
  toFloat64(toUnixTimestamp64Milli(greatest(pre.stored_at, post.stored_at))) as as_of
from (select * from scores where window = {to:String}) as post
inner join (select * from scores where window = {from:String}) as pre on pre.student_id = post.student_id
where post.day > pre.day
order by grade, student_id
