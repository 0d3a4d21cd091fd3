-- students_engagement: how agency and pace of several students stood at the end of one week
-- Grain    one row per student of whom something is known
-- Inputs   students:Array(String) pseudonyms, hexadecimal · week:Date (a Monday)
-- Columns  student · units_done, units_planned of the own plans to date · chosen, flagged activities of four weeks · goals_set in the term ·
--          reflections, help_asked in four weeks; null: not known
-- Source   indicators B5, B6 (student_engagement); for the students' adviser or teacher only; differs: none
select lower(hex(student_id)) as student, units_done, units_planned, chosen, flagged, goals_set, reflections, help_asked
from student_engagement final
where student_engagement.week = {week:Date} and student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32))
order by student
