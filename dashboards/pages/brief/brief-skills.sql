-- brief_skills: skills of one student that answers of some weeks made more probable
-- Grain    one row per skill, what was gained most first, at most 5
-- Inputs   student:String pseudonym, hexadecimal · from:Date, to:Date Mondays, [from, to]
-- Columns  skill · gained change of the probability of knowing it · responses answers
-- Source   indicators A6 (student_skill_weeks); differs: a change below .2 is left out, and what is not mastered yet
select toString(skill) as skill, sum(gained) as all_gained, toUInt32(sum(responses)) as responses
from student_skill_weeks final
where student_id = toFixedString(unhex({student:String}), 32) and week between {from:Date} and {to:Date}
  and skill in (select skill from student_mastery final where student_id = toFixedString(unhex({student:String}), 32) and mastered)
group by skill
having all_gained >= .2
order by all_gained desc, skill
limit 5
