-- week_aggregates: engagement of every class, advisory, school and the district in one week
-- Grain    one row per indicator, unit, slice; deleted = 1 for a unit that has nobody left in the week
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators
-- Source   indicators 0 (weighted mean, moves, statuses), B1, B2; differs: a student without events counts as 0 if the
--          school's feed was alive on a day when no absence was recorded for them (presence is presumed).
with
  -- include ../statistics/student-t.sql
  -- include ./attending.sql
  traced as (
    select a.student_id as student_id, a.schools as schools, a.classes as classes,
      arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, a.schools) as open,
      toUInt8(bits(t.learning_days)) as learning_bits, toUInt8(bits(t.contact_days)) as contact_bits,
      -- half of the day's classes missed is the day missed; where only absences are delivered, the roster knows how many there are
      toUInt8(bits(arrayConcat(t.absent_days, arrayFilter(
        (day, missed, taken) -> missed > 0 and 2 * missed >= greatest(taken,
          arrayCount(c -> not c.2 and bitAnd(c.3, bits([day])) > 0, a.classes)),
        t.class_days, t.class_absences, t.classes_taken)))) as absent_bits,
      t.learning_days as learning_days, t.day_ms as day_ms, t.contact_ms as contact_ms
    from attending as a
    left any join (select * from student_week final where week = {week:Date}) as t on t.student_id = a.student_id
  ),
  -- on which days did a school's tools record anything at all?
  (select (groupArray(school_id), groupArray(learning), groupArray(contact)) from (
    select s.1 as school_id, groupBitOr(toUInt8(bitAnd(learning_bits, s.2))) as learning, groupBitOr(toUInt8(bitAnd(contact_bits, s.2))) as contact
    from traced array join schools as s group by school_id
  )) as feeds,

  -- a student's values are computed once, over all schools
  placed as (
    select *,
      arrayFold((a, s) -> bitOr(a, s.2), open, toUInt8(0)) as all_bits,
      arrayFold((a, s) -> bitOr(a, bitAnd(s.2, s.3)), open, toUInt8(0)) as school_day_bits,
      arraySum(s -> bitCount(bitAnd(s.2, s.3)), open) as enrolled_days,
      arrayFold((a, s) -> bitOr(a, bitAnd(bitAnd(s.2, s.3), transform(s.1, feeds.1, feeds.2, toUInt8(0)))), open, toUInt8(0)) as learning_feed_bits,
      arrayFold((a, s) -> bitOr(a, bitAnd(bitAnd(s.2, s.3), transform(s.1, feeds.1, feeds.3, toUInt8(0)))), open, toUInt8(0)) as contact_feed_bits
    from traced where notEmpty(open)
  ),
  known as (
    select student_id, open, classes, all_bits, contact_ms,
      bitAnd(learning_bits, all_bits) as own_learning_bits,
      own_learning_bits > 0 or bitAnd(learning_feed_bits, bitXor(127, absent_bits)) > 0 as learning_known,
      bitAnd(contact_bits, all_bits) > 0 or bitAnd(contact_feed_bits, bitXor(127, absent_bits)) > 0 as contact_known,
      bitCount(bitAnd(learning_bits, school_day_bits)) / enrolled_days as active_share,
      arraySum((d, ms) -> if(bitAnd(all_bits, bits([d])) > 0, ms, 0), learning_days, day_ms) as effort_ms
    from placed
  ),
  -- (unit_type, unit_id, slice, weight): the share of the week's school days that the student was enrolled there
  memberships as (
    select student_id,
      [ ('active_days', learning_known, active_share),
        ('effort_minutes', learning_known, effort_ms / 60000),
        ('weekend_days', learning_known and bitAnd(all_bits, 96) > 0, toFloat64(bitCount(bitAnd(own_learning_bits, 96)))),
        ('contact_minutes', contact_known, contact_ms / 60000) ] as measures,
      arrayJoin(arrayConcat(
        arrayFlatten(arrayMap(s -> arrayMap(slice -> ('school', s.1, slice, bitCount(bitAnd(s.2, s.3)) / bitCount(s.3)), ['', concat('grade=', p.grade)]), open)),
        arrayMap(slice -> ('district', {district:String}, slice, least(1, arraySum(s -> bitCount(bitAnd(s.2, s.3)) / bitCount(s.3), open))), ['', concat('grade=', p.grade)]),
        arrayMap(c -> (if(c.2, 'advisory', 'class'), c.1, '', bitCount(bitAnd(c.3, c.4)) / bitCount(c.4)), arrayFilter(c -> bitCount(c.4) >= 2, classes)))) as m
    from known
    left any join (select person_id, grade from persons final) as p on p.person_id = known.student_id
  ),
  measured as (
    select m.1 as unit_type, m.2 as unit_id, m.3 as slice, x.1 as indicator,
      arraySort(groupArrayIf((x.3, m.4), x.2)) as pairs,
      sumWithOverflowIf(cityHash64(student_id, m.4), x.2) as members,
      toUInt32(count()) as enrolled
    from memberships array join measures as x
    where m.4 > 0
    group by unit_type, unit_id, slice, indicator
  ),
  -- sums run over sorted arrays, so that no order of arrival changes a bit
  sums as (
    select indicator, unit_type, unit_id, slice, enrolled, members, pairs, toUInt32(length(pairs)) as n,
      arraySum(p -> p.2, pairs) as sum_w, arraySum(p -> p.2 * p.2, pairs) as sum_ww, arraySum(p -> p.2 * p.1, pairs) as sum_wx
    from measured
  ),
  means as (
    select *, sum_wx / sum_w as mean, sum_w * sum_w / sum_ww as n_eff from sums
  ),
  errors as (
    select *, sqrt(arraySum(p -> p.2 * p.2 * (p.1 - mean) * (p.1 - mean), pairs)) / sum_w * sqrt(n / (n - 1)) as se_mean, t_975(n - 1) as t from means
  ),
  closed as (
    select arrayJoin(['active_days', 'effort_minutes', 'weekend_days', 'contact_minutes']) as indicator, 'school' as unit_type,
      arrayJoin(arrayFilter((school, b) -> bitCount(b) < 2, calendars.1, calendars.2)) as unit_id
  ),
  fresh as (
    select indicator, unit_type, unit_id, slice, n >= 2 as shown,
      if(shown, mean, null) as value, if(shown, se_mean, null) as se,
      if(shown, greatest(0, mean - t * se_mean), null) as lo95,
      if(shown, least(transform(indicator, ['active_days', 'weekend_days'], [1., 2.], 10080.), mean + t * se_mean), null) as hi95,
      n, if(n = 0, 0, n_eff) as n_eff, if(shown, 'ok', 'insufficient') as status,
      multiIf(n = 1, 'one student', n = 0, transform(indicator, ['contact_minutes', 'weekend_days'], ['no contact was recorded in this week', 'nobody is enrolled on the weekend, or no learning activity was recorded'], 'no learning activity was recorded in this week'), '') as reason, enrolled, members, 0 as gone
    from errors
    union all
    select indicator, unit_type, unit_id, '', false, null, null, null, null, 0, 0, 'not_applicable', 'fewer than 2 school days', 0, 0, 0 from closed
    union all
    select indicator, unit_type, unit_id, slice, false, null, null, null, null, 0, 0, 'not_applicable', '', 0, 0, 1
    from indicators final where week = {week:Date} and indicator in ('active_days', 'effort_minutes', 'weekend_days', 'contact_minutes')
  )
select
  indicator, toUInt16(1) as version, unit_type, unit_id, slice,
  formatDateTime({week:Date}, '%G-W%V') as period, {week:Date} as week,
  (select max(newest) from student_week final where week = {week:Date}) as as_of,
  argMin(tuple(value), gone).1 as value, argMin(tuple(se), gone).1 as se, argMin(tuple(lo95), gone).1 as lo95, argMin(tuple(hi95), gone).1 as hi95,
  toUInt32(argMin(n, gone)) as n, argMin(n_eff, gone) as n_eff, argMin(status, gone) as status, argMin(reason, gone) as reason,
  toUInt32(argMin(enrolled, gone)) as enrolled, {computed:UInt64} as computed, toUInt8(min(gone)) as deleted,
  argMin(members, gone) as members
from fresh
group by indicator, unit_type, unit_id, slice
order by unit_type, indicator, unit_id, slice
