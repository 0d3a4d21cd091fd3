-- advisory_ties: who of a group of students has no sustained contact with an adult, or no logged tie with another student
-- Grain    one row per student of whom anything is computed in that week
-- Inputs   students:Array(String) pseudonyms, hexadecimal · week:Date Monday
-- Columns  student · sustained adults · peer_ties · seen_days school days of the last 8 weeks · run_days in a row without any logged contact ·
--          weeks_off_plan in a row · adults_known, peers_known whether the school logs such contact
-- Source   indicators C2, C4, C8 (student_connectedness); differs: none
select lower(hex(student_id)) as student, sustained, peer_ties, seen_days, run_days, weeks_off_plan, adults_known, peers_known
from student_connectedness final
where week = {week:Date} and student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32))
