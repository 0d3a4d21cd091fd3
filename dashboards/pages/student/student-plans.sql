-- student_plans: the plans of one student that hold on a day
-- Grain    one row per subject ('' = all of them)
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · day:Date
-- Columns  subject · units_per_week null: not said · mix_individual, mix_adult, mix_peer, mix_group planned shares, 0 to 1, null: no mix ·
--          begin_day · end_day exclusive, '' open · record_id, record_ms, words, source as in student-goals.sql
-- Source   the view current_plans (migration 0012) on one day, of which it is the part of one student, by keys instead of a scan: of those
--          of one subject the one that begins last holds, of two that begin on one day the one that was said later
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as own,
  newest as (
    select * from plans final
    where plan_id in (select plan_id from plans where student_id in (select arrayJoin(own)))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, record_hash) not in (select record_id, hash from voided where hash != 0)
    order by said_at desc, content desc
    limit 1 by plan_id
  )
select toString(n.subject) as subject, n.units_per_week as units_per_week, n.mix_individual as mix_individual, n.mix_adult as mix_adult,
  n.mix_peer as mix_peer, n.mix_group as mix_group, toString(n.begin_day) as begin_day,
  if(n.end_day >= toDate32('2299-12-31'), '', toString(n.end_day)) as end_day,
  n.record_id = toUUID('00000000-0000-0000-0000-000000000000') as of_file,
  if(of_file, '', toString(n.record_id)) as record_id,
  toFloat64(toUnixTimestamp64Milli(n.stored_at)) as record_ms, n.sealed_text as words, toString(n.source) as source
from newest as n
left any join (select source as giver, max(since) as since from plan_lists where kind = 'plan' group by giver) as l on l.giver = n.source
where n.deleted = 0 and has(own, n.student_id) and (not of_file or n.stored_at >= l.since)
  and n.begin_day <= {day:Date} and n.end_day > {day:Date}
order by n.subject, n.begin_day desc, n.said_at desc, n.content desc
limit 1 by n.subject
