-- student_goals: every goal of one student that stands
-- Grain    one row per goal; open ones first, then the newest
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal
-- Columns  goal_id · record_id of the record whose original has the words ('' none), record_ms when it was stored · subject · horizon short,
--          long or '' · set_day, due_day, closed_day ('' not said) · status · level, expected -2 to 2 · words sealed · source
-- Source   the view current_goals (migrations 0012, 0023), of which it is the part of one student, by keys instead of a scan
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as own,
  newest as (
    select * from goals final
    where goal_id in (select goal_id from goals where student_id in (select arrayJoin(own)))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, record_hash) not in (select record_id, hash from voided where hash != 0)
    order by said_at desc, content desc
    limit 1 by goal_id, record_id
  ),
  standing as (
    select n.*, n.record_id = toUUID('00000000-0000-0000-0000-000000000000') as of_file
    from newest as n
    left any join (select source as giver, max(since) as since from plan_lists where kind = 'goal' group by giver) as l on l.giver = n.source
    where n.deleted = 0 and has(own, n.student_id) and (not of_file or n.stored_at >= l.since)
  ),
  whole as (
    select s.goal_id as id,
      argMaxIf((s.record_id, s.stored_at), (s.said_at, s.content), s.kind = 'goal-set' and not s.of_file) as said_in,
      argMaxIf(s.subject, (s.said_at, s.content), s.subject != '') as subject,
      argMaxIf(s.horizon, (s.said_at, s.content), s.horizon != '') as horizon,
      min(s.day) as set_on,
      argMaxIf(s.due_day, (s.said_at, s.content), s.due_day != toDate(0)) as due_on,
      argMax(s.closed_day, (s.status != '', s.said_at, s.content)) as closed_on,
      argMax(s.status, (s.status != '', s.said_at, s.content)) as status,
      argMaxIf(s.level, (s.said_at, s.content), s.level is not null) as level,
      argMaxIf(s.expected, (s.said_at, s.content), s.expected is not null) as expected,
      argMaxIf(s.sealed_text, (s.said_at, s.content), s.sealed_text != '') as words,
      argMax(s.source, (s.said_at, s.content)) as source
    from standing as s
    group by s.goal_id
    having countIf(s.kind != 'rated') > 0
  )
select toString(id) as goal_id,
  if(said_in.2 = toDateTime64(0, 3, 'UTC'), '', toString(said_in.1)) as record_id,
  toFloat64(toUnixTimestamp64Milli(said_in.2)) as record_ms,
  toString(subject) as subject, toString(horizon) as horizon,
  toString(set_on) as set_day,
  if(due_on = toDate(0), '', toString(due_on)) as due_day,
  if(closed_on = toDate(0), '', toString(closed_on)) as closed_day,
  toString(status) as status, level, expected, words, toString(source) as source
from whole
order by status = 'open' desc, set_on desc, goal_id
