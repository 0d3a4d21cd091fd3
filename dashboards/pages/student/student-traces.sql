-- student_traces: what the events of twelve weeks say of one student's work: when, by whose choice, and what came last
-- Grain    one row
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · week:Date Monday of the newest week · time_zone:String (IANA)
-- Columns  moments (day, part of the day: 0 before 8, 1 8 to 12, 2 12 to 16, 3 16 to 20, 4 after 20) with learning activity, of the eight
--          weeks up to the newest; an event with a duration counts in the parts in which it began and ended ·
--          chosen (subject, activity, day) started or taken by the student's own choice · latest_ms when the newest record in which the
--          student acts happened, milliseconds since 1970, 0: none; latest_kind, latest_subject of it
-- Source   learning events as in indicators B1; differs: none
with
  (moment -> multiIf(toHour(moment, {time_zone:String}) < 8, 0, toHour(moment, {time_zone:String}) < 12, 1,
    toHour(moment, {time_zone:String}) < 16, 2, toHour(moment, {time_zone:String}) < 20, 3, 4)) as part_of,
  facts as (
    select week, local_day, occurred_at, record_id, is_actor, kind, toString(subject) as about, object,
      choice = 'chosen' and is_actor and kind in ('started', 'chose') and object != '' as is_chosen,
      occurred_at - toIntervalMillisecond(least(greatest(duration_ms, 0), 3600000)) as began_at,
      week > {week:Date} - 56 and (is_actor or kind = 'collaborated') and kind in (
        'started', 'viewed', 'answered', 'completed', 'scored', 'chose', 'goal-set', 'goal-met', 'reflected',
        'asked-help', 'gave-help', 'gave-feedback', 'collaborated') as is_learning
    from events final
    where week > {week:Date} - 84 and week <= {week:Date}
      and person_id in (select toFixedString(unhex(arrayJoin({identifiers:Array(String)})), 32))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  )
select groupUniqArrayArrayIf([(toString(local_day), part_of(occurred_at)), (toString(local_day), part_of(began_at))], is_learning) as moments,
  groupUniqArrayIf((about, object, toString(local_day)), is_chosen) as chosen,
  argMaxIf((toFloat64(toUnixTimestamp64Milli(occurred_at)), toString(kind), about), (occurred_at, record_id), is_actor) as latest,
  latest.1 as latest_ms, latest.2 as latest_kind, latest.3 as latest_subject
from facts
