-- week_aggregates: engagement of every class, advisory, school and the district in one week
-- Grain    one row per indicator, unit, slice; deleted = 1 for a unit that has nobody left in the week
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators
-- Source   indicators 0 (weighted mean, moves, statuses), B1, B2; differs: a student without events counts as 0 if the
--          school's feed was alive on a day when no absence was recorded for them (presence is presumed).
with
  -- 97.5 % quantile of Student's t: exact to 1e-9 up to 40 degrees of freedom, then Cornish and Fisher's expansion
  1.959963984540054 as z,
  [12.70620473617471, 4.302652729749464, 3.182446305283709, 2.776445105197793, 2.570581835636314, 2.446911851144979,
   2.364624251592784, 2.306004135204166, 2.262157162798205, 2.228138851986274, 2.200985160091639, 2.178812829667229,
   2.160368656462792, 2.144786687917804, 2.131449545559774, 2.119905299221255, 2.109815577833317, 2.100922040241039,
   2.093024054408310, 2.085963447265864, 2.079613844727680, 2.073873067904022, 2.068657610419049, 2.063898561628027,
   2.059538552753296, 2.055529438642870, 2.051830516480284, 2.048407141795245, 2.045229642132703, 2.042272456301238] as t_small,
  (df -> if(df <= 30, t_small[greatest(1, toUInt32(df))],
    z + (pow(z, 3) + z) / (4 * df)
      + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * pow(df, 2))
      + (3 * pow(z, 7) + 19 * pow(z, 5) + 17 * pow(z, 3) - 15 * z) / (384 * pow(df, 3))
      + (79 * pow(z, 9) + 776 * pow(z, 7) + 1482 * pow(z, 5) - 1920 * pow(z, 3) - 945 * z) / (92160 * pow(df, 4)))) as t_975,
  -- days of the week as seven bits, Monday the lowest
  (days -> arraySum(d -> if(d between {week:Date} and {week:Date} + 6, bitShiftLeft(1, toUInt8(d - {week:Date})), 0), days)) as bits,

  calendar_days as (
    select school_id, day, argMax(school_day, own) as school_day
    from (
      select school_id, day, school_day, true as own from calendar final where day between {week:Date} and {week:Date} + 6 and school_id != ''
      union all
      select s.school_id, c.day, c.school_day, false
      from schools as s final cross join (select day, school_day from calendar final where day between {week:Date} and {week:Date} + 6 and school_id = '') as c
    )
    group by school_id, day
  ),
  -- a day without an entry is a school day from Monday to Friday
  school_weeks as (
    select s.school_id as school_id,
      toUInt8(bitOr(bitAnd(31, bitXor(127, bits(c.known))), bits(c.open))) as school_bits,
      bitCount(school_bits) as school_days
    from (select school_id from schools final) as s
    left any join (
      select school_id, groupArray(day) as known, groupArrayIf(day, school_day) as open from calendar_days group by school_id
    ) as c on c.school_id = s.school_id
  ),
  enrolled as (
    select e.person_id as student_id, e.class_id as class_id, e.school_id as school_id, c.class_type = 'homeroom' as homeroom,
      toUInt8(arraySum(i -> if({week:Date} + i >= e.begin_day and {week:Date} + i < e.end_day, bitShiftLeft(1, i), 0), range(7))) as enrolled_bits
    from enrolments as e final
    left any join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
    where e.role = 'student' and e.begin_day <= {week:Date} + 6 and e.end_day > {week:Date}
  ),
  -- one school a day: that of the homeroom before others, then the lowest id
  spans as (
    select student_id, arrayFold(
      (a, x) -> (arrayPushBack(a.1, (x.2, toUInt8(bitAnd(x.3, bitXor(127, a.2))))), toUInt8(bitOr(a.2, x.3))),
      arraySort(groupArray((not homeroom, school_id, enrolled_bits))),
      (CAST([], 'Array(Tuple(String, UInt8))'), toUInt8(0))).1 as parts
    from enrolled group by student_id
  ),
  stays as (
    select student_id, part.1 as school_id, part.2 as stay_bits from spans array join parts as part where stay_bits > 0
  ),
  student_schools as (
    select s.student_id as student_id, s.school_id as school_id, groupBitOr(s.stay_bits) as all_bits,
      toUInt8(bitAnd(all_bits, any(w.school_bits))) as day_bits, any(w.school_days) as school_days
    from stays as s inner join school_weeks as w on w.school_id = s.school_id
    group by student_id, school_id
  ),
  traces as (
    select student_id, toUInt8(bits(learning_days)) as learning_bits, toUInt8(bits(contact_days)) as contact_bits,
      toUInt8(bits(absent_days)) as absent_bits, learning_days, day_ms, contact_ms
    from student_week final where week = {week:Date}
  ),
  -- on which days did the school's tools record anything at all?
  feeds as (
    select school_id, groupBitOr(bitAnd(t.learning_bits, s.all_bits)) as learning_feed, groupBitOr(bitAnd(t.contact_bits, s.all_bits)) as contact_feed
    from student_schools as s inner join traces as t on t.student_id = s.student_id group by school_id
  ),
  -- a student's values are computed once, over all schools
  students as (
    select
      s.student_id as student_id,
      groupArray((s.school_id, bitCount(s.day_bits) / s.school_days)) as schools,
      sum(bitCount(s.day_bits)) as enrolled_days,
      groupBitOr(s.all_bits) as all_bits,
      groupBitOr(s.day_bits) as day_bits,
      any(t.learning_bits) as learning_bits, any(t.absent_bits) as absent_bits, any(t.contact_ms) as contact_ms,
      arraySum((d, ms) -> if(bitAnd(all_bits, bits([d])) > 0, ms, 0), any(t.learning_days), any(t.day_ms)) as effort_ms,
      bitAnd(learning_bits, all_bits) > 0 or groupBitOr(bitAnd(bitAnd(s.day_bits, f.learning_feed), bitXor(127, t.absent_bits))) > 0 as learning_known,
      bitAnd(any(t.contact_bits), all_bits) > 0 or groupBitOr(bitAnd(bitAnd(s.day_bits, f.contact_feed), bitXor(127, t.absent_bits))) > 0 as contact_known,
      [ ('active_days', learning_known, bitCount(bitAnd(learning_bits, day_bits)) / enrolled_days),
        ('effort_minutes', learning_known, effort_ms / 60000),
        ('weekend_days', learning_known, toFloat64(bitCount(bitAnd(bitAnd(learning_bits, all_bits), 96)))),
        ('contact_minutes', contact_known, contact_ms / 60000) ] as measures
    from student_schools as s
    left any join traces as t on t.student_id = s.student_id
    left any join feeds as f on f.school_id = s.school_id
    where s.school_days >= 2 and s.day_bits > 0
    group by s.student_id
  ),
  -- (unit_type, unit_id, slice, weight) of every student
  memberships as (
    select s.student_id as student_id,
      arrayJoin(arrayConcat(
        arrayMap(x -> ('school', x.1, '', x.2), s.schools),
        arrayMap(x -> ('school', x.1, concat('grade=', p.grade), x.2), s.schools),
        [('district', {district:String}, '', least(1, arraySum(x -> x.2, s.schools))),
         ('district', {district:String}, concat('grade=', p.grade), least(1, arraySum(x -> x.2, s.schools)))])) as m,
      m.1 as unit_type, m.2 as unit_id, m.3 as slice, m.4 as w
    from students as s
    left any join (select person_id, grade from persons final) as p on p.person_id = s.student_id
    union all
    select e.student_id, ('', '', '', 0.), if(any(e.homeroom), 'advisory', 'class'), e.class_id, '',
      bitCount(bitAnd(groupBitOr(e.enrolled_bits), any(w.school_bits))) / any(w.school_days)
    from enrolled as e inner join school_weeks as w on w.school_id = e.school_id
    where w.school_days >= 2
    group by e.student_id, e.class_id
  ),
  measured as (
    select unit_type, unit_id, slice, m.1 as indicator,
      arraySort(groupArrayIf((m.3, w), m.2)) as pairs,
      toUInt32(count()) as enrolled
    from (
      select k.unit_type as unit_type, k.unit_id as unit_id, k.slice as slice, k.w as w, arrayJoin(s.measures) as m
      from memberships as k inner join students as s on s.student_id = k.student_id where k.w > 0
    )
    group by unit_type, unit_id, slice, indicator
  ),
  -- sums run over sorted arrays, so that no order of arrival changes a bit
  means as (
    select indicator, unit_type, unit_id, slice, enrolled,
      arrayMap(p -> p.1, pairs) as xs, arrayMap(p -> p.2, pairs) as ws,
      toUInt32(length(pairs)) as n,
      arraySum(ws) as sum_w,
      arraySum(arrayMap((x, w) -> w * x, xs, ws)) / sum_w as mean,
      sqrt(arraySum(arrayMap((x, w) -> w * w * (x - mean) * (x - mean), xs, ws))) / sum_w * sqrt(n / (n - 1)) as se,
      pow(sum_w, 2) / arraySum(arrayMap(w -> w * w, ws)) as n_eff,
      multiIf(n = 0, 'insufficient', n = 1, 'insufficient', 'ok') as status,
      multiIf(n = 0, 'nothing was recorded in this week', n = 1, 'one student', '') as reason
    from measured
  ),
  closed as (
    select arrayJoin(['active_days', 'effort_minutes', 'weekend_days', 'contact_minutes']) as indicator, 'school' as unit_type, school_id as unit_id
    from school_weeks where school_days < 2
  ),
  fresh as (
    select indicator, unit_type, unit_id, slice, if(status = 'ok', mean, null) as value, if(status = 'ok', se, null) as se,
      if(status = 'ok', greatest(0, mean - t_975(n - 1) * means.se), null) as lo95,
      if(status = 'ok', least(multiIf(indicator = 'active_days', 1, indicator = 'weekend_days', 2, 10080), mean + t_975(n - 1) * means.se), null) as hi95,
      n, if(n = 0, 0, n_eff) as n_eff, status, reason, enrolled, 0 as gone
    from means
    union all
    select indicator, unit_type, unit_id, '', null, null, null, null, 0, 0, 'not_applicable', 'fewer than 2 school days', 0, 0 from closed
    union all
    select indicator, unit_type, unit_id, slice, null, null, null, null, 0, 0, 'not_applicable', '', 0, 1
    from indicators final where week = {week:Date} and indicator in ('active_days', 'effort_minutes', 'weekend_days', 'contact_minutes')
  )
select
  indicator, toUInt16(1) as version, unit_type, unit_id, slice,
  formatDateTime({week:Date}, '%G-W%V') as period, {week:Date} as week,
  (select max(newest) from student_week final where week = {week:Date}) as as_of,
  argMin(tuple(value), gone).1 as value, argMin(tuple(se), gone).1 as se, argMin(tuple(lo95), gone).1 as lo95, argMin(tuple(hi95), gone).1 as hi95,
  toUInt32(argMin(n, gone)) as n, argMin(n_eff, gone) as n_eff, argMin(status, gone) as status, argMin(reason, gone) as reason,
  toUInt32(argMin(enrolled, gone)) as enrolled, {computed:UInt64} as computed, toUInt8(min(gone)) as deleted
from fresh
group by indicator, unit_type, unit_id, slice
order by unit_type, indicator, unit_id, slice
