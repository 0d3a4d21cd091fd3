-- home_students: what an adviser has to know at a glance of each student of their own
-- Grain    one row per student asked for
-- Inputs   students:Array(String) pseudonyms of persons, hexadecimal: the adviser's own · today:Date local day
-- Columns  student · talked '' or the day of the last conversation that an adviser recorded · week '' or the Monday of the newest week
--          computed · adults_known whether the school logs contact with adults · sustained adults with sustained contact
-- Source   indicators C2 (student_connectedness), conversations; differs: none
with
  arrayMap(x -> toFixedString(unhex(x), 32), {students:Array(String)}) as own,
  least((select max(week) from student_connectedness), toMonday({today:Date})) as newest,
  identifiers as (
    select identifier, person_id as person from person_of final where person_id in (select arrayJoin(own))
    union distinct
    select arrayJoin(own) as identifier, identifier as person
  ),
  talks as (
    select i.person as person, max(c.day) as last_day
    from (
      select student_id, day from conversations final
      where student_id in (select identifier from identifiers) and conversation_id not in (select record_id from voided where hash = 0)
    ) as c
    inner join identifiers as i on i.identifier = c.student_id
    where c.day <= {today:Date}
    group by person
  )
select lower(hex(s.person)) as student,
  if(t.last_day > toDate(0), toString(t.last_day), '') as talked,
  if(c.found, toString(newest), '') as week, c.adults_known as adults_known, c.sustained as sustained
from (select arrayJoin(own) as person) as s
left any join talks as t on t.person = s.person
left any join (
  select student_id, sustained, adults_known, true as found from student_connectedness final
  where week = newest and student_id in (select arrayJoin(own))
) as c on c.student_id = s.person
