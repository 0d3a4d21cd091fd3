-- lines_of_students: the straight lines through the scores of some students
-- Grain    one row per student, test and subject
-- Inputs   students:Array(String) pseudonyms, hexadecimal
-- Columns  student pseudonym · test · subject · middle day · level points on the line on that day · slope points a year · level_se, slope_se
--          their standard errors, level_slope their covariance; null unless status is ok · status · reason
-- Source   indicators A3 (student_trajectories); for their adviser or teacher only; differs: none
select lower(hex(student_id)) as student, toString(test) as test, toString(subject) as subject, toString(middle) as middle, level, slope,
  level_se, se as slope_se, level_slope, toString(status) as status, toString(reason) as reason
from student_trajectories final
where student_id in (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32))
order by student, test, subject
