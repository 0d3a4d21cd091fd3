-- student_skills: what answers say of one student's skills
-- Grain    one row per skill; the last answered first
-- Inputs   student:String pseudonym, hexadecimal
-- Columns  skill · value probability of knowing it, 0 to 1 · responses answers · mastered · last_ms when the last answer was given,
--          milliseconds since 1970
-- Source   indicators A6 (student_mastery); differs: none
select toString(skill) as skill, value, responses, mastered, toFloat64(toUnixTimestamp64Milli(last_at)) as last_ms
from student_mastery final
where student_id = toFixedString(unhex({student:String}), 32)
order by last_at desc, skill
