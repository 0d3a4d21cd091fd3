-- class_students: who is in a class or an advisory, by name
-- Grain    one row per student
-- Inputs   class:String sourcedId · today:Date local day
-- Columns  student pseudonym, hexadecimal · given, family name ('' not known) · grade ('' not said)
-- Source   rosters, identity.people; for their adviser or teacher only. Of a class that has ended, those who were in it on its last day;
--          merged persons as one
with
  -- One value, read once: a subquery that is named thrice is run thrice.
  (
    select groupUniqArray(student_id)
    from (
      select if(p.known, p.person, e.person_id) as student_id, e.begin_day as begin_day, e.end_day as end_day,
        least(toDate32({today:Date}), max(e.end_day) over () - 1) as day
      from (select person_id, begin_day, end_day from enrolments final where class_id = {class:String} and role = 'student') as e
      left any join (
        select identifier, person_id as person, true as known from person_of final
        where identifier in (select person_id from enrolments where class_id = {class:String})
      ) as p on p.identifier = e.person_id
    )
    where begin_day <= day and day < end_day
  ) as members
select lower(hex(m.student_id)) as student, people.given_name as given, people.family_name as family, persons.grade as grade
from (select arrayJoin(members) as student_id) as m
left any join (select person_id, given_name, family_name from {identity:Identifier}.people final where person_id in (select arrayJoin(members))) as people on people.person_id = m.student_id
left any join (select person_id, toString(grade) as grade from persons final where person_id in (select arrayJoin(members))) as persons on persons.person_id = m.student_id
order by lowerUTF8(family), lowerUTF8(given), student
