-- brief_days: days on which one student was recorded as absent
-- Grain    one row per day, the newest first
-- Inputs   student:String pseudonym, hexadecimal · from:Date, to:Date local days, [from, to]
-- Columns  day
-- Source   student_week; differs: none
select toString(arrayJoin(absent_days) as absent) as day
from student_week final
where student_id = toFixedString(unhex({student:String}), 32) and week between toMonday({from:Date}) and {to:Date}
  and absent between {from:Date} and {to:Date}
order by day desc
