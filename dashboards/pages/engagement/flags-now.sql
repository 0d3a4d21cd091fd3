-- flags_now: students with a flag by attendance, behaviour or course marks in the newest term
-- Grain    one row per student with a flag
-- Inputs   students:Array(String) pseudonyms of persons, hexadecimal: an adviser's own
-- Columns  student pseudonym · enrolled_days, absent_days · suspensions, referrals (minor) in 60 days · failed subjects · attendance,
--          behaviour, course: null where not known
-- Source   indicators B9; differs: none
select lower(hex(student_id)) as student, enrolled_days, absent_days, suspensions, referrals, arrayMap(x -> toString(x), failed) as failed,
  attendance, behaviour, course
from student_flags final
where student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32))
  and term = (select argMax(term, (begin_day, term)) from student_flags)
  and (attendance or behaviour or course)
order by student
