-- brief_skills: what answers of one student gained, week by week, in the skills that are mastered by now
-- Grain    one row per skill
-- Inputs   student:String pseudonym, hexadecimal · from:Date, to:Date Mondays, [from, to]
-- Columns  skill · gains array of (Monday, change of the probability of knowing it, answers)
-- Source   indicators A6 (student_skill_weeks); differs: what is not mastered yet is left out
select toString(skill) as skill, arraySort(groupArray((toString(week), gained, toUInt32(responses)))) as gains
from student_skill_weeks final
where student_id = toFixedString(unhex({student:String}), 32) and week between {from:Date} and {to:Date}
  and skill in (select skill from student_mastery final where student_id = toFixedString(unhex({student:String}), 32) and mastered)
group by skill
order by skill
