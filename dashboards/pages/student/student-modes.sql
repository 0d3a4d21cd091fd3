-- student_modes: how one student's learning time of four weeks was spent
-- Grain    one row
-- Inputs   student:String pseudonym, hexadecimal · week:Date Monday of the newest week
-- Columns  minutes individual, small_group, one_to_one, virtual_tutor, project_team, community
-- Source   modality of student_week (processors/engagement/README.md), four weeks up to the newest week
select sum(individual_ms) / 60000 as individual, sum(small_group_ms) / 60000 as small_group, sum(one_to_one_ms) / 60000 as one_to_one,
  sum(virtual_tutor_ms) / 60000 as virtual_tutor, sum(project_team_ms) / 60000 as project_team, sum(community_ms) / 60000 as community
from student_week final
where student_id = toFixedString(unhex({student:String}), 32) and week > {week:Date} - 28 and week <= {week:Date}
