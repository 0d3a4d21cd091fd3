-- student_connectedness: with whom every student is in contact at the end of one week, and how the week was spent
-- Grain    one row per student enrolled in the week
-- Inputs   week:Date (a Monday) · low:String, high:String first two digits of the pseudonyms of the part, inclusive · computed:UInt64
-- Columns  as in the table student_connectedness
-- Source   indicators C1, C2, C4, C8. Where it leaves room: contacts older than 52 weeks, of which 1/8192 of the weight is left, are
--          left out; days enrolled are counted over the 8 weeks of the contacts; the plan is the one of all subjects that holds on
--          Wednesday. Reads the rows of the 7 weeks before, which stand by then.
with
  8 as recent_weeks, 52 as kept_weeks,
  1.25 as sustained_weight, 2 as sustained_weeks, .5 as tie_weight, 2 as tie_days, .05 as shown_weight,
  .8 as off_plan, 5 as least_segments,
  toFixedString(unhex(rightPad({low:String}, 64, '0')), 32) as first_id, toFixedString(unhex(rightPad({high:String}, 64, 'f')), 32) as last_id,
  (shares -> arrayMap(x -> x / arraySum(shares), shares)) as parts_of,
  (p -> -arraySum(x -> if(x > 0, x * log2(x), 0), p)) as entropy,   -- bits; 0 ln 0 = 0

  -- include ../engagement/attending.sql
  -- include ./advisers.sql
  -- include ./bands.sql
  pairs as (
    select student_id, other, argMax(role, week) as role,
      -- whole billionths: their sums are exact, in any order
      sum(toInt64(round(w28 * exp2(-age / 4.)))) / 1e9 as weight,
      sum(toInt64(round(w14 * exp2(-age / 2.)))) / 1e9 as weight_14,
      sum(toInt64(round(w56 * exp2(-age / 8.)))) / 1e9 as weight_56,
      sum(toInt64(round(free * exp2(-age / 4.)))) / 1e9 as free_weight,
      toUInt8(countIf(recent)) as weeks,
      toUInt8(sumIf(bitCount(bits_met), recent)) as days, toUInt8(sumIf(bitCount(bits_free), recent)) as free_days,
      max(week + toUInt8(floor(log2(bits_met)))) as last,
      max(if(week = {week:Date}, bits_met, 0)) as bits_now
    from (
      select week, student_id, others, other_roles, s14, s28, s56, free_s28, day_bits, free_bits,
        intDiv({week:Date} + 7 - week, 7) as age, age <= recent_weeks as recent
      from tie_weeks final
      where week between {week:Date} - 7 * (kept_weeks - 1) and {week:Date} and student_id between first_id and last_id
    )
    array join others as other, other_roles as role, s14 as w14, s28 as w28, s56 as w56, free_s28 as free, day_bits as bits_met, free_bits as bits_free
    group by student_id, other
  ),
  tied as (
    select student_id,
      arraySort(x -> (-x.2, x.1), groupArrayIf((other, weight, toString(role), weeks, last, weight >= sustained_weight and weeks >= sustained_weeks,
        weight_14 >= sustained_weight and weeks >= sustained_weeks, weight_56 >= sustained_weight and weeks >= sustained_weeks), role != 'student')) as adults,
      arraySort(x -> (-x.2, x.1), groupArrayIf((other, weight, days, last,
        toUInt8(multiIf(free_weight >= tie_weight and free_days >= tie_days, 2, weight >= tie_weight and days >= tie_days, 1, 0))),
        role = 'student' and (weight >= shown_weight or weeks > 0))) as peers,
      groupBitOr(if(role != 'student', bits_now, 0)) as adult_bits, groupBitOr(if(role = 'student', bits_now, 0)) as peer_bits
    from pairs
    group by student_id
  ),
  of_classes as (select class_id, groupUniqArray(adviser_id) as adviser_ids from homeroom_adults group by class_id),
  (select (groupArray(class_id), groupArray(adviser_ids)) from of_classes) as adviser_lists,
  (select (groupArrayIf(school_id, adults_known), groupArrayIf(school_id, peers_known)) from contact_logging final where week = {week:Date}) as logging,
  present as (
    select a.student_id as student_id, a.schools as schools, a.classes as classes,
      arraySort(x -> (-bitCount(x.2), x.1), a.schools)[1].1 as school_id,
      -- half of the day's classes missed is the day missed, as in B1
      toUInt8(bits(arrayConcat(t.absent_days, arrayFilter(
        (day, missed, taken) -> missed > 0 and 2 * missed >= greatest(taken,
          arrayCount(c -> not c.2 and bitAnd(c.3, bits([day])) > 0, a.classes)),
        t.class_days, t.class_absences, t.classes_taken)))) as absent_bits,
      arrayFold((acc, s) -> bitOr(acc, bitAnd(s.2, s.3)), a.schools, toUInt8(0)) as enrolled_bits,
      toUInt8(bitAnd(enrolled_bits, bitXor(127, absent_bits))) as school_bits,
      arraySort(arrayDistinct(arrayFlatten(arrayMap(c -> if(c.2, adviser_lists.2[indexOf(adviser_lists.1, c.1)], []), a.classes)))) as advisers
    from (select * from attending where student_id between first_id and last_id) as a
    left any join (
      select student_id, absent_days, class_days, class_absences, classes_taken from student_week final where week = {week:Date}
    ) as t on t.student_id = a.student_id
  ),
  flow as (
    select student_id, arraySum(individual_ms) as individual, arraySum(adult_ms) as adult, arraySum(peer_ms) as peer, arraySum(group_ms) as in_group,
      moves, segments
    from flow_weeks final where week = {week:Date} and student_id between first_id and last_id
  ),
  planned as (
    select student_id, argMax([mix_individual, mix_adult, mix_peer, mix_group], begin_day) as mix
    from current_plans
    where subject = '' and mix_individual is not null and begin_day <= {week:Date} + 2 and end_day > {week:Date} + 2
    group by student_id
  ),
  earlier as (
    select student_id,
      arraySort(groupArray((week, school_bits, toUInt8(bitOr(adult_bits, peer_bits))))) as weeks,
      arrayReverseSort(groupArrayIf((week, assumeNotNull(plan_fit) < off_plan), plan_fit is not null)) as fits
    from student_connectedness final
    where week between {week:Date} - 7 * (recent_weeks - 1) and {week:Date} - 7 and student_id between first_id and last_id
    group by student_id
  ),
  joined as (
    select p.student_id as student_id, p.school_id as school_id, p.schools as schools, p.classes as classes, p.school_bits as school_bits, p.advisers as advisers,
      t.adults as adults, t.peers as peers, t.adult_bits as adult_bits, t.peer_bits as peer_bits,
      g.grade as grade, b.band as band, f.moves as moves, f.segments as segments,
      [f.individual, f.adult, f.peer, f.in_group] as spent, m.mix as mix, e.fits as fits,
      -- school days in their order: 1 with contact, 0 without
      arrayStringConcat(arrayMap(
        w -> arrayStringConcat(arrayMap(i -> if(bitAnd(w.3, bitShiftLeft(1, i)) > 0, '1', '0'), arrayFilter(i -> bitAnd(w.2, bitShiftLeft(1, i)) > 0, range(7)))),
        arrayConcat(e.weeks, [({week:Date}, school_bits, toUInt8(bitOr(t.adult_bits, t.peer_bits)))]))) as contact_days
    from present as p
    left any join tied as t on t.student_id = p.student_id
    left any join flow as f on f.student_id = p.student_id
    left any join planned as m on m.student_id = p.student_id
    left any join earlier as e on e.student_id = p.student_id
    left any join bands as b on b.student_id = p.student_id
    left any join (select person_id, grade from persons final) as g on g.person_id = p.student_id
  ),
  -- each expression stands on named columns of the step before: an alias used twice in one step is analysed twice
  shared as (
    select * except (mix, fits), arrayFilter(x -> has(advisers, x.1), adults) as own_advisers, splitByChar('1', contact_days) as runs,
      if(arraySum(spent) > 0, parts_of(spent), []) as actual,
      if(arraySum(spent) > 0 and arraySum(x -> ifNull(x, 0), mix) > 0, parts_of(arrayMap(x -> ifNull(x, 0), mix)), []) as plan,
      arrayMap(x -> x.2, fits) as off_before, if(segments >= least_segments, arraySum(moves), 0) as all_moves,
      arrayMap(i -> arraySlice(moves, 4 * i + 1, 4), range(4)) as move_rows
    from joined
  ),
  measured as (
    select *, entropy(actual) as actual_bits, entropy(plan) as plan_bits, entropy(arrayMap((x, y) -> (x + y) / 2, if(empty(plan), plan, actual), plan)) as middle_bits,
      arrayMap(r -> arraySum(r), move_rows) as row_sums, arrayMap(r -> if(arraySum(r) > 0, entropy(parts_of(r)), 0), move_rows) as row_bits
    from shared
  ),
  told as (
    select * except (move_rows), if(empty(actual), null, actual_bits / 2) as balance,
      if(empty(plan), null, 1 - (middle_bits - (actual_bits + plan_bits) / 2)) as plan_fit,
      if(all_moves = 0, null, 1 - (moves[1] + moves[6] + moves[11] + moves[16]) / all_moves) as switch_rate,
      if(all_moves = 0, null, arraySum((n, bits_of) -> n * bits_of, row_sums, row_bits) / all_moves / 2) as transition_entropy
    from measured
  )
select
  {week:Date} as week, student_id, school_id, grade, band, school_bits, adult_bits, peer_bits,
  arrayMap(x -> x.1, told.adults) as adults, arrayMap(x -> x.3, told.adults) as adult_roles, arrayMap(x -> x.2, told.adults) as adult_weights,
  arrayMap(x -> x.4, told.adults) as adult_weeks, arrayMap(x -> x.5, told.adults) as adult_last, arrayMap(x -> x.6, told.adults)::Array(Bool) as adult_sustained,
  toUInt16(arrayCount(x -> x.6, told.adults)) as sustained, toUInt16(arrayCount(x -> x.7, told.adults)) as sustained_14,
  toUInt16(arrayCount(x -> x.8, told.adults)) as sustained_56,
  advisers, if(empty(own_advisers), 0., own_advisers[1].2) as adviser_weight, arrayExists(x -> x.6, own_advisers)::Bool as adviser_tied,
  arrayMap(x -> x.1, told.peers) as peers, arrayMap(x -> x.2, told.peers) as peer_weights, arrayMap(x -> x.3, told.peers) as peer_days,
  arrayMap(x -> x.4, told.peers) as peer_last, arrayMap(x -> x.5, told.peers) as peer_kinds,
  toUInt16(arrayCount(x -> x.5 > 0, told.peers)) as peer_ties,
  toUInt8(length(contact_days)) as seen_days, toUInt8(length(runs[-1])) as run_days, toUInt8(arrayMax(x -> length(x), runs)) as longest_run,
  if(school_bits = 0, null, bitCount(bitAnd(school_bits, bitAnd(adult_bits, peer_bits))) / bitCount(school_bits)) as connected_share,
  toInt64(spent[1]) as individual_ms, toInt64(spent[2]) as adult_ms, toInt64(spent[3]) as peer_ms, toInt64(spent[4]) as group_ms,
  balance, plan_fit, switch_rate, transition_entropy,
  toUInt8(if(plan_fit is null or plan_fit >= off_plan, 0, arrayFirstIndex(x -> not x, arrayPushBack(off_before, false)))) as weeks_off_plan,
  arrayExists(s -> has(logging.1, s.1), schools)::Bool as adults_known, arrayExists(s -> has(logging.2, s.1), schools)::Bool as peers_known,
  schools, classes, {computed:UInt64} as computed, toUInt8(0) as deleted
from told
order by student_id
