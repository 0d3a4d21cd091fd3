-- staff_scope: the schools, advisories and classes in which a person works today, by the roster
-- Grain    one row; none if the roster does not know the identifier, or knows no such work
-- Inputs   identifier:String pseudonym, today:Date local day
-- Columns  person pseudonym · schools, advisories, classes sourcedIds, sorted
-- Source   rosters (OneRoster), merged persons as one; what a student or guardian is enrolled in opens nothing
with
  one as (
    select person_id from person_of final where identifier = toFixedString(unhex({identifier:String}), 32)
  ),
  all_of_one as (
    select person_id from one union all select person_id from merged_persons final where into_id in one
  )
select
  (select any(lower(hex(person_id))) from one) as person,
  arraySort(groupUniqArrayIf(e.school_id, e.school_id != '')) as schools,
  arraySort(groupUniqArrayIf(e.class_id, c.class_type = 'homeroom')) as advisories,
  arraySort(groupUniqArrayIf(e.class_id, c.class_type = 'scheduled')) as classes
from enrolments as e final
left join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
where e.person_id in all_of_one and e.role in ('teacher', 'adviser', 'staff')
  and e.begin_day <= {today:Date32} and e.end_day > {today:Date32}
having count() > 0
