-- student_rhythm: when one student works
-- Grain    one row per day of the week and part of the day with activity
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · week:Date Monday of the newest week · time_zone:String (IANA)
-- Columns  weekday 1 Monday to 7 · part 0 before 8, 1 8 to 12, 2 12 to 16, 3 16 to 20, 4 after 20 · days with activity in it ·
--          active_days of the eight weeks · active_weeks of them
-- Source   learning events as in indicators B1, of the eight weeks up to the newest week; an event with a duration counts in the parts in
--          which it began and ended
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as own,
  learning as (
    select week, local_day, occurred_at, least(greatest(duration_ms, 0), 3600000) as length_ms
    from events final
    where week > {week:Date} - 56 and week <= {week:Date} and person_id in (select arrayJoin(own))
      and (is_actor or kind = 'collaborated') and kind in (
        'started', 'viewed', 'answered', 'completed', 'scored', 'chose', 'goal-set', 'goal-met', 'reflected',
        'asked-help', 'gave-help', 'gave-feedback', 'collaborated')
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  moments as (
    select week, local_day, toHour(arrayJoin([occurred_at, occurred_at - toIntervalMillisecond(length_ms)]), {time_zone:String}) as hour
    from learning
  )
select toDayOfWeek(local_day) as weekday, multiIf(hour < 8, 0, hour < 12, 1, hour < 16, 2, hour < 20, 3, 4) as part,
  toUInt32(uniqExact(local_day)) as days,
  toUInt32((select uniqExact(local_day) from learning)) as active_days, toUInt32((select uniqExact(week) from learning)) as active_weeks
from moments
group by weekday, part
order by weekday, part
