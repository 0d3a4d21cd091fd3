-- flow_week: how the logged time of every student's week was spent, by with whom
-- Grain    one row per student with logged time in the week
-- Inputs   week:Date (a Monday) · time_zone:String (IANA) · computed:UInt64
-- Columns  as in the table flow_weeks
-- Source   indicators C8, with the minutes of B2 (credited intervals, pauses included). Where it leaves room: a minute with several modes
--          counts as the most personal one (adult, peer, group, individual); a pause belongs to the mode before it; a segment
--          is a stretch of one mode with no hole of more than 20 minutes, and no move leads over the night.
with
  ['adviser', 'teacher', 'staff', 'tutor', 'mentor', 'family', 'community'] as adults,
  30 * 60000 as session_gap_ms, 10 * 60000 as gap_credit_ms, 60000 as tail_ms,
  60 * 60000 as learning_cap_ms, 480 * 60000 as contact_cap_ms,
  20 * 60000 as hole_ms,   -- pauses inside a session leave at most this much uncredited, those between sessions more

  -- include ./people.sql
  facts as (
    select
      if(own.role != '', own.person, person_id) as student_id, local_day,
      toUnixTimestamp64Milli(occurred_at) as end_ms,
      toInt64(toUnixTimestamp(toDateTime(local_day, {time_zone:String}))) * 1000 as midnight_ms,
      (is_actor or kind = 'collaborated') and kind in (
        'started', 'viewed', 'answered', 'completed', 'scored', 'chose', 'goal-set', 'goal-met', 'reflected',
        'asked-help', 'gave-help', 'gave-feedback', 'collaborated') as is_learning,
      notEmpty(counterparts) and kind in (
        'met', 'messaged', 'collaborated', 'asked-help', 'gave-help', 'gave-feedback') as is_contact,
      -- 1 individual, 2 adult, 3 peer, 4 group
      multiIf(mode = 'adult', 2, mode = 'peer', 3, mode = 'group', 4, not is_contact, 1, length(counterparts) > 1, 4,
        counterparts[1] in (select identifier from people where has(adults, role)), 2,
        counterparts[1] in (select identifier from people where role = 'student'), 3,
        has(adults, counterpart_roles[1]), 2, counterpart_roles[1] = 'student', 3, 1) as label,
      least(greatest(duration_ms, 0), multiIf(is_learning, learning_cap_ms, is_contact, contact_cap_ms, 0)) as credited_ms,
      end_ms - credited_ms as begin_ms
    from events final
    left any join people as own on own.identifier = events.person_id
    where (week = {week:Date} or (week = {week:Date} + 7 and local_day = {week:Date} + 7 and duration_ms > 0))
      and if(own.role != '', own.role, person_role) = 'student'
      and (is_learning or is_contact)
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  -- a duration is split at local midnight: (day, from, to) in milliseconds
  pieces as (
    select student_id, is_learning, label,
      arrayJoin(if(begin_ms < midnight_ms,
        [(local_day, midnight_ms, end_ms), (local_day - 1, greatest(begin_ms, midnight_ms - 86400000), midnight_ms)],
        [(local_day, begin_ms, end_ms)])) as piece,
      piece.1 as day
    from facts
    where day between {week:Date} and {week:Date} + 6
  ),
  days as (
    select student_id, day,
      arraySort(groupUniqArrayIf((piece.2, piece.3, label), is_learning)) as learning,
      groupUniqArrayIf((piece.2, piece.3, label), not is_learning and piece.3 > piece.2) as contact
    from pieces
    group by student_id, day
  ),
  -- what B2 credits after each event, until the next one begins: (from, to, label)
  credited as (
    select student_id, day, learning, contact,
      arrayMap(x -> x.2, learning) as ends,
      arrayMap(i -> arrayMax(arraySlice(ends, 1, i)), arrayEnumerate(ends)) as reached,
      arrayMap(
        (x, end, i) -> (end, end + multiIf(i = length(learning), tail_ms, learning[i + 1].1 - end > session_gap_ms, tail_ms,
          greatest(0, least(learning[i + 1].1 - end, gap_credit_ms))), x.3),
        learning, reached, arrayEnumerate(learning)) as pauses
    from days
  ),
  -- every beginning and end, in order of time: (at, label, +1 or -1)
  turns as (
    select student_id, day,
      arraySort(arrayFlatten(arrayMap(x -> [(x.1, x.3, toInt32(1)), (x.2, x.3, toInt32(-1))],
        arrayFilter(x -> x.2 > x.1, arrayConcat(learning, contact, pauses))))) as turn
    from credited
  ),
  stretches as (
    select student_id, day,
      arrayMap(label -> arrayCumSum(x -> if(x.2 = label, x.3, 0), turn), [1, 2, 3, 4]) as open,
      arrayFilter(x -> x.3 > 0 and x.2 > x.1, arrayMap(
        (x, next, individual, adult, peer, in_group) ->
          (x.1, next.1, multiIf(adult > 0, 2, peer > 0, 3, in_group > 0, 4, individual > 0, 1, 0)),
        turn, arrayPushBack(arrayPopFront(turn), turn[-1]), open[1], open[2], open[3], open[4])) as stretch,
      arrayMap(x -> x.3, arrayFilter(
        (x, before) -> x.3 != before.3 or x.1 - before.2 > hole_ms,
        stretch, arrayPushFront(arrayPopBack(stretch), (toInt64(0), toInt64(0), 0)))) as labels
    from turns
    where notEmpty(turn)
  ),
  weeks as (
    select student_id,
      arraySort(groupArray((day,
        arraySum(x -> if(x.3 = 1, x.2 - x.1, 0), stretch), arraySum(x -> if(x.3 = 2, x.2 - x.1, 0), stretch),
        arraySum(x -> if(x.3 = 3, x.2 - x.1, 0), stretch), arraySum(x -> if(x.3 = 4, x.2 - x.1, 0), stretch)))) as by_day,
      sum(length(labels)) as segments,
      groupArrayArray(arrayMap((x, next) -> 4 * (x - 1) + next - 1, arrayPopBack(labels), arrayPopFront(labels))) as moves
    from stretches
    group by student_id
  )
select {week:Date} as week, student_id, arrayMap(x -> x.1, by_day) as days,
  arrayMap(x -> toInt64(x.2), by_day) as individual_ms, arrayMap(x -> toInt64(x.3), by_day) as adult_ms,
  arrayMap(x -> toInt64(x.4), by_day) as peer_ms, arrayMap(x -> toInt64(x.5), by_day) as group_ms,
  toUInt32(segments) as segments, arrayMap(k -> toUInt32(countEqual(weeks.moves, k)), range(16)) as moves,
  {computed:UInt64} as computed, toUInt8(0) as deleted
from weeks
order by student_id
