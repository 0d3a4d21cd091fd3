-- student_latest: the newest record in which one student acts
-- Grain    one row, or none in the last eight weeks
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · week:Date Monday of the newest week
-- Columns  at_ms when it happened, stored_ms when it arrived, milliseconds since 1970 · kind · subject · source
-- Source   events; differs: none
select toFloat64(toUnixTimestamp64Milli(occurred_at)) as at_ms, toFloat64(toUnixTimestamp64Milli(stored_at)) as stored_ms,
  toString(kind) as kind, toString(subject) as subject, toString(source) as source
from events final
where week > {week:Date} - 56 and week <= {week:Date}
  and person_id in (select toFixedString(unhex(arrayJoin({identifiers:Array(String)})), 32)) and is_actor
  and record_id not in (select record_id from voided where hash = 0)
  and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
order by occurred_at desc, record_id
limit 1
