-- class_students: who is in a class or an advisory, by name
-- Grain    one row per student
-- Inputs   class:String sourcedId · today:Date local day
-- Columns  student pseudonym, hexadecimal · given, family name ('' not known) · grade ('' not said)
-- Source   rosters, identity.people; for their adviser or teacher only. Of a class that has ended, those who were in it on its last day;
--          merged persons as one
with
  enrolled as (
    select if(p.known, p.person, e.person_id) as student_id, e.begin_day as begin_day, e.end_day as end_day
    from enrolments as e final
    left any join (
      select identifier, person_id as person, true as known from person_of final
      where identifier in (select person_id from enrolments where class_id = {class:String})
    ) as p on p.identifier = e.person_id
    where e.class_id = {class:String} and e.role = 'student'
  ),
  (select least(toDate32({today:Date}), max(end_day) - 1) from enrolled) as day,
  members as (select distinct student_id from enrolled where begin_day <= day and day < end_day)
select lower(hex(m.student_id)) as student, people.given_name as given, people.family_name as family, persons.grade as grade
from members as m
left any join (select person_id, given_name, family_name from {identity:Identifier}.people final where person_id in (select student_id from members)) as people on people.person_id = m.student_id
left any join (select person_id, toString(grade) as grade from persons final where person_id in (select student_id from members)) as persons on persons.person_id = m.student_id
order by lowerUTF8(family), lowerUTF8(given), student
