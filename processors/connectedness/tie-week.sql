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
  facts as (
    select
      if(own.role != '', own.person, person_id) as student_id,
      record_id, local_day, kind, is_actor, counterparts, counterpart_roles,
      bitShiftLeft(toUInt8(1), toUInt8(local_day - {week:Date})) as day_bit,
      (toUnixTimestamp64Milli(occurred_at) - monday_ms) / 86400000. as age_days,
      -- whom the roster does not know is what the record says
      arrayCount((x, role) -> x in (select identifier from people where role = 'student')
        or (role = 'student' and x not in (select identifier from people)), counterparts, counterpart_roles) as fellows,
      arrayExists((x, role) -> x in (select identifier from people where has(adults, role))
        or (has(adults, role) and x not in (select identifier from people)), counterparts, counterpart_roles) as led,
      choice != 'assigned' and (choice = 'chosen' or fellows = 0 or not led) as free,
      multiIf(kind = 'messaged', .1, kind in ('asked-help', 'gave-help', 'gave-feedback'), .5, kind = 'collaborated', .7,
          fellows = 0 or (fellows = 1 and not led), 1., .7)
        * if(duration_ms < 0, 1., least(duration_ms, 30 * 60000) / (15 * 60000.)) * 1e9 as billionths
    from events final
    left any join people as own on own.identifier = events.person_id
    where week = {week:Date} and notEmpty(counterparts)
      and kind in ('met', 'messaged', 'collaborated', 'asked-help', 'gave-help', 'gave-feedback')
      and if(own.role != '', own.role, person_role) = 'student'
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  -- in the row of somebody else than the actor, the actor is the first of the counterparts
  met as (
    select student_id, local_day, day_bit, kind, age_days, free, is_actor, place = 1 and not is_actor as from_them,
      if(others.role != '', others.person, other) as other_id, if(others.role != '', others.role, recorded) as other_role,
      other_role != 'student' as is_adult,
      billionths / sqrt(if(is_adult, fellows + 1, greatest(1, fellows))) as amount
    from facts
    array join counterparts as other, counterpart_roles as recorded, arrayEnumerate(counterparts) as place
    left any join people as others on others.identifier = other
    where other_id != student_id and (other_role = 'student' or has(adults, other_role))
      and other_id != unhex(repeat('f', 64))
  ),
  -- billionths are whole numbers: their sums are exact, in any order
  pair_days as (
    select student_id, other_id, local_day, max(other_role) as role, any(day_bit) as bit, countIf(free) > 0 as any_free,
      least(1, messages_cap / greatest(1, sumIf(toInt64(round(amount)), kind = 'messaged'))) as scale,
      sumIf(toInt64(round(amount * exp2(age_days / 14))), kind != 'messaged')
        + toInt64(round(scale * sumIf(toInt64(round(amount * exp2(age_days / 14))), kind = 'messaged'))) as s14,
      sumIf(toInt64(round(amount * exp2(age_days / 28))), kind != 'messaged')
        + toInt64(round(scale * sumIf(toInt64(round(amount * exp2(age_days / 28))), kind = 'messaged'))) as s28,
      sumIf(toInt64(round(amount * exp2(age_days / 56))), kind != 'messaged')
        + toInt64(round(scale * sumIf(toInt64(round(amount * exp2(age_days / 56))), kind = 'messaged'))) as s56,
      sumIf(toInt64(round(amount * exp2(age_days / 28))), free and kind != 'messaged')
        + toInt64(round(scale * sumIf(toInt64(round(amount * exp2(age_days / 28))), free and kind = 'messaged'))) as free_s28,
      countIf(kind = 'met') as meetings,
      countIf(has(directed, kind) and is_actor) as sent,
      countIf(has(directed, kind) and from_them) as received
    from met
    group by student_id, other_id, local_day
  ),
  pairs as (
    select student_id, (other_id, max(role), sum(s14), sum(s28), sum(s56), sum(free_s28), groupBitOr(bit), groupBitOr(if(any_free, bit, 0)),
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
