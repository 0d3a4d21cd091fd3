-- student_reflections: what one student wrote about their own learning, the newest
-- Grain    one row per reflection; the newest first, at most 12
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal
-- Columns  reflection_id · record_id, record_ms, words, source as in student-goals.sql · day · subject · about id of what it is about, '' not said
-- Source   the view current_reflections (migration 0012), of which it is the part of one student, by keys instead of a scan
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as own,
  newest as (
    select * from reflections final
    where reflection_id in (select reflection_id from reflections where student_id in (select arrayJoin(own)))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, record_hash) not in (select record_id, hash from voided where hash != 0)
    order by said_at desc, content desc
    limit 1 by reflection_id
  )
select toString(n.reflection_id) as reflection_id,
  n.record_id = toUUID('00000000-0000-0000-0000-000000000000') as of_file,
  if(of_file, '', toString(n.record_id)) as record_id,
  toFloat64(toUnixTimestamp64Milli(n.stored_at)) as record_ms,
  toString(n.day) as day, toString(n.subject) as subject, n.about as about, n.sealed_text as words, toString(n.source) as source
from newest as n
left any join (select source as giver, max(since) as since from plan_lists where kind = 'reflection' group by giver) as l on l.giver = n.source
where n.deleted = 0 and has(own, n.student_id) and (not of_file or n.stored_at >= l.since)
order by n.said_at desc, n.content desc
limit 12
