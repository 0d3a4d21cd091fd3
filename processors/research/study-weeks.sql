-- study_weeks: engagement and connectedness of the students of an extract, their weeks shifted, their values moved by key
-- Grain    one row per student of the extract and week that is kept
-- Inputs   month:UInt32 YYYYMM · from:Date, to:Date (Mondays, [from, to)) · first:Date Monday that week numbers are said from ·
--          most_effort, most_adults, most_ties, most_adult_minutes, most_peer_minutes: Float64 (study-caps.sql);
--          extracting_students, whose seeds lie in no table that stays
-- Columns  as in the table weeks of an extract
-- Source   indicators E5; differs: values are also moved at random (by key, without bias, evenly within ±1.5 steps) before they are
--          rounded, so that no value of one extract is found again in another by being equal. A step is no smaller than what a value
--          can differ by. least passes over nulls: what may be null is asked first.
with
  ((x, step, u) -> step * round(x / step + 3 * (u - 0.5)) + 0.) as moved,
  kept as (
    select s.student_id as student_id, s.person as person, s.seed as seed, s.shift_weeks as shift_weeks, s.skip_weeks as skip_weeks,
      week, number
    from extracting_students as s
    array join arraySlice(s.weeks, 1 + s.skip_weeks, greatest(0, toInt32(length(s.weeks)) - {skipped:Int32})) as week,
      arrayEnumerate(arraySlice(s.weeks, 1 + s.skip_weeks, greatest(0, toInt32(length(s.weeks)) - {skipped:Int32}))) as number
    where toYYYYMM(week) = {month:UInt32}
  ),
  chance as (
    select *, arrayMap(i -> sipHash64(seed, number, i) / 18446744073709551616., range(11)) as u from kept
  ),
  engaged as (
    select * from student_engagement final where toYYYYMM(week) = {month:UInt32} and week >= {from:Date} and week < {to:Date}
  ),
  connected as (
    select *, true as known from student_connectedness final where toYYYYMM(week) = {month:UInt32} and week >= {from:Date} and week < {to:Date}
  ),
  indexed as (
    select week, student_id, engagement_index from student_engagement_index where toYYYYMM(week) = {month:UInt32}
  )
select k.person as person, toUInt16(k.number) as week_number,
  {first:Date} + 7 * (toInt32(k.number) - 1 + k.skip_weeks + k.shift_weeks) as week,
  round(moved(e.active_share, 0.2, k.u[1]), 1) as active_share,
  if(e.effort_minutes is null, null, moved(least(e.effort_minutes, {most_effort:Float64}), 10, k.u[2])) as effort_minutes,
  round(moved(e.completion, 0.1, k.u[3]), 1) as completion,
  round(moved(e.evenness, 0.1, k.u[4]), 1) as evenness,
  moved(i.engagement_index, 2, k.u[5]) as engagement_index,
  if(c.known and c.adults_known, moved(least(toFloat64(c.sustained), {most_adults:Float64}), 1, k.u[6]), null) as adults,
  if(c.known and c.peers_known, moved(least(toFloat64(c.peer_ties), {most_ties:Float64}), 1, k.u[7]), null) as peer_ties,
  if(c.known and (c.adults_known or c.peers_known), round(moved(c.connected_share, 0.2, k.u[8]), 1), null) as connected_share,
  if(c.known and (c.adults_known or c.peers_known), round(moved(c.balance, 0.1, k.u[9]), 1), null) as balance,
  if(c.known and c.adults_known, moved(least(c.adult_ms / 60000, {most_adult_minutes:Float64}), 10, k.u[10]), null) as adult_minutes,
  if(c.known and c.peers_known, moved(least((c.peer_ms + c.group_ms) / 60000, {most_peer_minutes:Float64}), 10, k.u[11]), null) as peer_minutes
from chance as k
left any join engaged as e on e.week = k.week and e.student_id = k.student_id
left any join connected as c on c.week = k.week and c.student_id = k.student_id
left any join indexed as i on i.week = k.week and i.student_id = k.student_id
