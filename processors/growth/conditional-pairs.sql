-- conditional_pairs: every student's scores of two windows of one test and subject, with the instruction between them
-- Grain    one row per student who has both
-- Inputs   test:String, subject:String (as in window_scores) · from:String, to:String (the two windows)
-- Columns  student_id pseudonym, hexadecimal · grade of the second sitting ('' not said) · school_id that the student counts for
--          ('' district only) · window_begin, day of the second sitting · pre, post points · csem of the second, points (NaN not said) ·
--          weeks of instruction between the sittings: school days of the district ÷ 5 · as_of storedAt of the newer of the two,
--          milliseconds since 1970
-- Source   indicators A5, section 0 (movers); differs: none. Who sat the second before the first has no row.
with
  -- include ./school-stays.sql
  scores as (select * from window_scores final where test = {test:String} and subject = {subject:String}),
  pairs as (
    select post.student_id as student_id, post.grade as grade, post.window_begin as window_begin, post.day as day, pre.score as pre,
      post.score as post, ifNull(post.csem, nan) as csem, toInt32(pre.day) as a, toInt32(post.day) as b, school_days(a, b) as of_all,
      greatest(pre.stored_at, post.stored_at) as as_of
    from (select * from scores where window = {to:String}) as post
    inner join (select * from scores where window = {from:String}) as pre on pre.student_id = post.student_id
    where post.day > pre.day
  ),
  between as (
    select pairs.student_id as student_id, stays.school_id as school_id, pairs.of_all as of_all,
      -- spans may overlap: each adds what lies behind all before it
      arrayFold((acc, span) -> (greatest(acc.1, span.2), acc.2 + school_days(greatest(acc.1, span.1), least(b, span.2))),
        stays.spans, (a, toInt64(0))).2 as here
    from pairs inner join stays on stays.student_id = pairs.student_id
  ),
  staying as (
    select student_id, argMax(school_id, (here, school_id)) as school_id, max(here) * 2 >= any(of_all) as long_enough
    from between group by student_id
  )
select lower(hex(pairs.student_id)) as student_id, toString(grade) as grade, if(s.long_enough, s.school_id, '') as school_id,
  toString(window_begin) as window_begin, toString(day) as day, pre, post, csem, of_all / 5 as weeks,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of
from pairs left any join staying as s on s.student_id = pairs.student_id
order by grade, student_id
