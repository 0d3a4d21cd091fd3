-- student_engagement: how one student's engagement and agency stood at the end of the newest week that was computed
-- Grain    one row, or none in the last four weeks
-- Inputs   student:String pseudonym, hexadecimal · week:Date Monday of the newest week
-- Columns  as in the table student_engagement; plans: (subject, units done, units planned) of each plan in force
-- Source   indicators B3 to B6; differs: none
select toString(student_engagement.week) as week, started, completed, completion_lo, completion_hi, failed, retried, persistence_lo, persistence_hi,
  units_done, units_planned, pace, arrayZip(arrayMap(x -> toString(x), plan_subjects), plan_done, plan_planned) as plans,
  flagged, chosen, choice_lo, choice_hi, goals_set, reflections, help_asked, goals_rated, goal_attainment
from student_engagement final
where student_id = toFixedString(unhex({student:String}), 32)
  and student_engagement.week > {week:Date} - 28 and student_engagement.week <= {week:Date}
order by student_engagement.week desc
limit 1
