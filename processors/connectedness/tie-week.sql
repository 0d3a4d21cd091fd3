-- tie_week: what one week's logged contacts add to the ties of every student
-- Grain    one row per student with contact in the week
-- Inputs   week:Date (a Monday) · time_zone:String (IANA) · computed:UInt64
-- Columns  as in the table tie_weeks; sums in billionths, relative to the Monday's midnight
-- Source   indicators C1. Where it leaves room: a meeting is one-to-one with one student and any adults, or of two students alone; k
--          students share an adult, k - 1 a fellow student; of messages a pair-day counts .3 at most, its decayed sum scaled alike.
--          Family, software and people without a role are no ties. What the roster says of a person's role beats the record.
with
  ['adviser', 'teacher', 'staff', 'tutor', 'mentor', 'community'] as adults,
  ['messaged', 'asked-help'] as directed,
  3e8 as messages_cap,   -- of a pair and day, in billionths
  toInt64(toUnixTimestamp(toDateTime({week:Date}, {time_zone:String}))) * 1000 as monday_ms,

  -- include ./people.sql
  -- whom the roster does not know is what the record says
  records as (
    select
      if(own.role != '', own.person, person_id) as student_id,
      record_id, local_day, occurred_at, kind, choice, duration_ms, is_actor, counterparts, counterpart_roles,
      arrayMap((x, role) -> if(x in (select identifier from people), '', role), counterparts, counterpart_roles) as said,
      arrayCount((x, role) -> role = 'student' or x in (select identifier from people where role = 'student'), counterparts, said) as fellows,
      arrayExists((x, role) -> has(adults, role) or x in (select identifier from people where has(adults, role)), counterparts, said) as led
    from events final
    left any join people as own on own.identifier = events.person_id
    where week = {week:Date} and notEmpty(counterparts)
      and kind in ('met', 'messaged', 'collaborated', 'asked-help', 'gave-help', 'gave-feedback')
      and if(own.role != '', own.role, person_role) = 'student'
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  facts as (
    select student_id, local_day, kind, is_actor, counterparts, said, fellows,
      bitShiftLeft(toUInt8(1), toUInt8(local_day - {week:Date})) as day_bit,
      (toUnixTimestamp64Milli(occurred_at) - monday_ms) / 86400000. as age_days,
      choice != 'assigned' and (choice = 'chosen' or fellows = 0 or not led) as free,
      multiIf(kind = 'messaged', .1, kind in ('asked-help', 'gave-help', 'gave-feedback'), .5, kind = 'collaborated', .7,
          fellows = 0 or (fellows = 1 and not led), 1., .7)
        * if(duration_ms < 0, 1., least(duration_ms, 30 * 60000) / (15 * 60000.)) * 1e9 as billionths
    from records
  ),
  -- in the row of somebody else than the actor, the actor is the first of the counterparts
  spread as (
    select student_id, local_day, day_bit, kind, age_days, free, is_actor, fellows, billionths, place = 1 and not is_actor as from_them,
      if(others.role != '', others.person, other) as other_id, if(others.role != '', others.role, recorded) as other_role
    from facts
    array join counterparts as other, said as recorded, arrayEnumerate(counterparts) as place
    left any join people as others on others.identifier = other
  ),
  met as (
    select student_id, other_id, other_role, local_day, day_bit, free, has(directed, kind) and is_actor as is_sent,
      has(directed, kind) and from_them as is_received, kind = 'met' as is_meeting, kind = 'messaged' as is_message, age_days,
      billionths / sqrt(if(other_role = 'student', greatest(1, fellows), fellows + 1)) as amount
    from spread
    where other_id != student_id and (other_role = 'student' or has(adults, other_role)) and other_id != unhex(repeat('f', 64))
  ),
  -- billionths are whole numbers: their sums are exact, in any order
  weighed as (
    select *, toInt64(round(amount)) as whole, toInt64(round(amount * exp2(age_days / 14))) as w14,
      toInt64(round(amount * exp2(age_days / 28))) as w28, toInt64(round(amount * exp2(age_days / 56))) as w56
    from met
  ),
  summed as (
    select student_id, other_id, local_day, max(other_role) as role, any(day_bit) as bit, max(free) as any_free,
      least(1, messages_cap / greatest(1, sumIf(whole, is_message))) as scale,
      [sumIf(w14, not is_message), sumIf(w28, not is_message), sumIf(w56, not is_message), sumIf(w28, free and not is_message)] as contact,
      [sumIf(w14, is_message), sumIf(w28, is_message), sumIf(w56, is_message), sumIf(w28, free and is_message)] as messages,
      countIf(is_meeting) as meetings, countIf(is_sent) as sent, countIf(is_received) as received
    from weighed
    group by student_id, other_id, local_day
  ),
  pair_days as (
    select student_id, other_id, role, bit, any_free, meetings, sent, received,
      arrayMap((x, m) -> x + toInt64(round(scale * m)), contact, messages) as s
    from summed
  ),
  pairs as (
    select student_id, (other_id, max(role), sum(s[1]), sum(s[2]), sum(s[3]), sum(s[4]), groupBitOr(bit), groupBitOr(if(any_free, bit, 0)),
      toUInt16(least(65535, sum(meetings))), toUInt16(least(65535, sum(sent))), toUInt16(least(65535, sum(received)))) as pair
    from pair_days
    group by student_id, other_id
  ),
  sorted as (
    select student_id, arraySort(groupArray(pair)) as pairs from pairs group by student_id
  )
select {week:Date} as week, student_id,
  arrayMap(x -> x.1, pairs) as others, arrayMap(x -> x.2, pairs) as other_roles,
  arrayMap(x -> x.3, pairs) as s14, arrayMap(x -> x.4, pairs) as s28, arrayMap(x -> x.5, pairs) as s56,
  arrayMap(x -> x.6, pairs) as free_s28, arrayMap(x -> x.7, pairs) as day_bits, arrayMap(x -> x.8, pairs) as free_bits,
  arrayMap(x -> x.9, pairs) as meetings, arrayMap(x -> x.10, pairs) as sent, arrayMap(x -> x.11, pairs) as received,
  {computed:UInt64} as computed, toUInt8(0) as deleted
from sorted
order by student_id
