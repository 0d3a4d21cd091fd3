-- adult_names: adults of the roster by name
-- Grain    one row per adult whom the roster knows
-- Inputs   ids:Array(String) pseudonyms, hexadecimal
-- Columns  id pseudonym, hexadecimal · given, family name
-- Source   rosters, identity.people; for who sees a student around whom they are, or their school, live; students are left out
with arrayMap(x -> toFixedString(unhex(x), 32), {ids:Array(String)}) as asked
select lower(hex(person_id)) as id, given_name as given, family_name as family
from {identity:Identifier}.people final
where person_id in (select arrayJoin(asked))
  and person_id in (select person_id from persons final where person_id in (select arrayJoin(asked)) and role != 'student')
