-- student_classes: the classes and advisories of one student
-- Grain    one row per class
-- Inputs   student:String pseudonym, hexadecimal · today:Date local day
-- Columns  id sourcedId · type class or advisory · label class code · school sourcedId
-- Source   rosters. As in class-students.sql: classes of today, and of those that have ended the ones in which the student stayed to the
--          last day; merged persons as one
with
  toFixedString(unhex({student:String}), 32) as asked,
  own as (
    select class_id, begin_day, end_day from enrolments final
    where role = 'student' and (person_id = asked or person_id in (select identifier from person_of final where person_id = asked))
  ),
  last_days as (
    select class_id, least(toDate32({today:Date}), max(end_day) - 1) as day from enrolments final
    where role = 'student' and class_id in (select class_id from own)
    group by class_id
  )
select distinct c.class_id as id, if(c.class_type = 'homeroom', 'advisory', 'class') as type, c.label as label, c.school_id as school
from own
inner join last_days on last_days.class_id = own.class_id
inner join (select class_id, class_type, label, school_id from classes final) as c on c.class_id = own.class_id
where own.begin_day <= last_days.day and last_days.day < own.end_day
order by type, label, id
