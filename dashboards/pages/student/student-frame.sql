-- student_frame: under which pseudonyms one student's records stand, and up to when there are any records of the district
-- Grain    one row
-- Inputs   student:String pseudonym, hexadecimal · today:Date local day
-- Columns  identifiers pseudonyms, hexadecimal: the person's own and those as received · newest_week Monday of the newest records up to
--          today; 1970-01-01: none
-- Source   rosters (person_of), events; differs: none
select
  arrayDistinct(arrayPushFront(groupArray(lower(hex(identifier))), {student:String})) as identifiers,
  (select max(week) from events where week <= {today:Date}) as newest_week
from person_of final
where person_id = toFixedString(unhex({student:String}), 32)
