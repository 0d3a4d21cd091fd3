-- student_originals: sealed originals of records, by key
-- Grain    one row per record
-- Inputs   ids:Array(String) UUIDs of records · stored:Array(Float64) when they were stored, milliseconds since 1970, same order
-- Columns  record_id · raw sealed
-- Source   originals; differs: none
with arrayJoin(arrayZip({ids:Array(String)}, {stored:Array(Float64)})) as key
select toString(record_id) as record_id, any(raw) as raw
from originals
where (stored_at, record_id) in (select fromUnixTimestamp64Milli(toInt64(key.2), 'UTC'), toUUID(key.1))
group by record_id
