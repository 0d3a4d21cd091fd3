-- student_name: one student by name
-- Grain    one row, or none
-- Inputs   student:String pseudonym, hexadecimal
-- Columns  as in class-students.sql
-- Source   rosters, identity.people; for their adviser or teacher only
with toFixedString(unhex({student:String}), 32) as asked
select {student:String} as student, people.given_name as given, people.family_name as family, toString(p.grade) as grade
from (select person_id, grade from persons final where person_id = asked and role = 'student') as p
left any join (select person_id, given_name, family_name from {identity:Identifier}.people final where person_id = asked) as people
  on people.person_id = p.person_id
