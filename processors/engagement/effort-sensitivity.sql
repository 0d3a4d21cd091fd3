-- effort_sensitivity: minutes of time on task in one week under other constants, over the whole district
-- Grain    one row per gap and cap; none if nobody was active
-- Inputs   week:Date (a Monday) · time_zone:String (IANA) · computed:UInt64
-- Columns  as in the table effort_sensitivity
-- Source   indicators B2 (Kovanovic et al. 2015: results depend on these constants). Durations, tail and cap of one event as in
--          student-week.sql. Differs: a record that is longer than its day is cut at midnight, not split; who is behind an
--          identifier, person_of says.
with
  60000 as tail_ms, 60 * 60000 as learning_cap_ms,
  learning as (
    select if(p.known, p.person, e.person_id) as student_id, local_day, toUnixTimestamp64Milli(occurred_at) as end_ms,
      greatest(end_ms - least(greatest(duration_ms, 0), learning_cap_ms), toInt64(toUnixTimestamp(toDateTime(local_day, {time_zone:String}))) * 1000) as begin_ms
    from (
      select * from events final
      where week = {week:Date} and (is_actor or kind = 'collaborated') and kind in (
        'started', 'viewed', 'answered', 'completed', 'scored', 'chose', 'goal-set', 'goal-met', 'reflected',
        'asked-help', 'gave-help', 'gave-feedback', 'collaborated')
        and record_id not in (select record_id from voided where hash = 0)
        and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
    ) as e
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = e.person_id
  ),
  days as (
    select student_id, local_day, arraySort(groupUniqArray((begin_ms, end_ms))) as stretches
    from learning
    where student_id in (select person_id from enrolments final where role = 'student')
    group by student_id, local_day
  ),
  settings as (
    select student_id, stretches, arrayJoin([15, 30, 60]) as gap_minutes, arrayJoin([5, 10, 20]) as cap_minutes from days
  ),
  minutes as (
    select student_id, gap_minutes, cap_minutes,
      sum(arrayFold(
        (a, x) -> (
          a.1 + greatest(0, x.2 - greatest(x.1, a.2))
            + if(a.2 = 0 or x.1 <= a.2, 0, if(x.1 - a.2 > gap_minutes * 60000, tail_ms, least(x.1 - a.2, cap_minutes * 60000))),
          greatest(a.2, x.2)),
        stretches, (toInt64(tail_ms), toInt64(0))).1) / 60000 as spent
    from settings group by student_id, gap_minutes, cap_minutes
  ),
  beside as (
    select *, anyIf(spent, gap_minutes = 30 and cap_minutes = 10) over (partition by student_id) as usual from minutes
  )
select {week:Date} as week, toUInt16(gap_minutes) as gap_minutes, toUInt16(cap_minutes) as cap_minutes,
  arraySum(arraySort(groupArray(spent))) / count() as mean, quantileExactInclusive(0.5)(spent) as median,
  if(isFinite(rankCorr(spent, usual) as r), r, 1) as correlation, toUInt32(count()) as n, {computed:UInt64} as computed, toUInt8(0) as deleted
from beside group by gap_minutes, cap_minutes
order by gap_minutes, cap_minutes
