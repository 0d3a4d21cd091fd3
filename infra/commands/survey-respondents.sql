-- survey_respondents: whom a survey asks
-- Grain    one row per person
-- Inputs   from, to: Date, half-open, days of which one must be enrolled on one · staff 1: who is enrolled as anything but a student, 0: students ·
--          schools, grades: Array(String), empty: all
-- Columns  person pseudonym · sourcedId the roster's own id, empty: not kept · school the homeroom's first, else the lowest id · grade of students ·
--          homeroom label of the advisory, empty: none
-- Source   who could answer, as processors/climate counts it; differs: days before the links are made do not count
with
    (select (groupArray(person_id), groupArray(into_id)) from merged_persons final) as mergers,
    places as (
      select transform(e.person_id, mergers.1, mergers.2, e.person_id) as person, e.school_id as school, c.label as label, c.class_type != 'homeroom' as other
      from enrolments as e final
      left any join (select class_id, class_type, label from classes final) as c on c.class_id = e.class_id
      where (e.role = 'student') != toBool({staff:UInt8}) and e.begin_day < toDate32({to:String}) and e.end_day > toDate32({from:String})
    )
  select lower(hex(p.person)) as person, any(i.sourced_id) as sourcedId, argMin(p.school, (p.other, p.school)) as school,
    any(if({staff:UInt8} = 1, '', g.grade)) as grade, if(min(p.other), '', argMin(p.label, (p.other, p.school))) as homeroom
  from places as p
  left any join (select person_id, grade from persons final where role = 'student') as g on g.person_id = p.person
  left any join (select person_id, sourced_id from {identity:Identifier}.people final) as i on i.person_id = p.person
  where (empty({schools:Array(String)}) or has({schools:Array(String)}, p.school)) and (empty({grades:Array(String)}) or has({grades:Array(String)}, g.grade))
  group by p.person order by school, homeroom, sourcedId, person
