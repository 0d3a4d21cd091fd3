-- map_teams: teams in which students of one advisory worked together
-- Grain    one row per team with two of them or more, the largest first, at most 8
-- Inputs   students:Array(String) pseudonyms, hexadecimal · today:Date local day
-- Columns  team as records name it · members pseudonyms, sorted · last_day on which any of them did
-- Source   events of the eight weeks up to the newest that is computed; differs: none
with
  arrayMap(x -> toFixedString(unhex(x), 32), {students:Array(String)}) as asked,
  least((select max(week) from student_connectedness), toMonday({today:Date})) as newest,
  known as (
    select identifier, person_id as person from person_of final where person_id in (select arrayJoin(asked))
    union distinct select arrayJoin(asked) as identifier, identifier as person
  )
select team, arraySort(groupUniqArray(lower(hex(person)))) as members, toString(max(local_day)) as last_day
from (
  select team, person_id, local_day from events final
  where week > newest - 56 and week <= newest and person_id in (select identifier from known) and team != ''
    and record_id not in (select record_id from voided where hash = 0)
    and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
) as e
inner join known on known.identifier = e.person_id
group by team
having length(members) >= 2
order by length(members) desc, team
limit 8
