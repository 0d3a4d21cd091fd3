-- student_identifiers: under which pseudonyms one student's records stand
-- Grain    one row
-- Inputs   student:String pseudonym, hexadecimal
-- Columns  identifiers pseudonyms, hexadecimal: the person's own first, then those as received
-- Source   rosters (person_of); differs: none
select arrayDistinct(arrayPushFront(groupArray(lower(hex(identifier))), {student:String})) as identifiers
from person_of final
where person_id = toFixedString(unhex({student:String}), 32)
