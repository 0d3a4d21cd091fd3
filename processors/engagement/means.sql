-- means: from students to class, advisory, school, grade within school, and district, as rows of the table indicators
-- Grain    one row per indicator, unit, slice; deleted = 1 for a unit that has nobody left in the week
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64 · steps before it: student-t.sql, attending.sql and
--          valued (student_id, open, classes, measures: array of (indicator, known, value)) · names, lowest, highest (ends of the
--          range), unknown (the reason where nobody is known) of the indicators · shares: those of students, 0 or 1 each
-- Columns  as in the table indicators
-- Source   indicators 0 (weighted mean, Wilson's interval with n_eff, moves, statuses)
  -- (unit_type, unit_id, slice, weight): the share of the week's school days that the student was enrolled there
  memberships as (
    select student_id, measures,
      arrayJoin(arrayConcat(
        arrayFlatten(arrayMap(s -> arrayMap(slice -> ('school', s.1, slice, bitCount(bitAnd(s.2, s.3)) / bitCount(s.3)), ['', concat('grade=', p.grade)]), open)),
        arrayMap(slice -> ('district', {district:String}, slice, least(1, arraySum(s -> bitCount(bitAnd(s.2, s.3)) / bitCount(s.3), open))), ['', concat('grade=', p.grade)]),
        arrayMap(c -> (if(c.2, 'advisory', 'class'), c.1, '', bitCount(bitAnd(c.3, c.4)) / bitCount(c.4)), arrayFilter(c -> bitCount(c.4) >= 2, classes)))) as m
    from valued
    left any join (select person_id, grade from persons final) as p on p.person_id = valued.student_id
  ),
  -- one row a unit first, its columns side by side: a row for every student, unit and indicator would be eighteen times as many
  columns as (
    select m.1 as unit_type, m.2 as unit_id, m.3 as slice, toUInt32(count()) as enrolled,
      groupArrayForEach(arrayMap(x -> (x.2, x.3, m.4), measures)) as values_of,
      sumWithOverflowForEach(arrayMap(x -> if(x.2, cityHash64(student_id, m.4), 0), measures)) as members_of
    from memberships
    where m.4 > 0
    group by unit_type, unit_id, slice
  ),
  measured as (
    select unit_type, unit_id, slice, enrolled, names[i] as indicator, members_of[i] as members,
      arraySort(arrayMap(x -> (x.2, x.3), arrayFilter(x -> x.1, values_of[i]))) as pairs
    from columns array join arrayEnumerate(names) as i
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
    select arrayJoin(names) as indicator, 'school' as unit_type,
      arrayJoin(arrayFilter((school, b) -> bitCount(b) < 2, calendars.1, calendars.2)) as unit_id
  ),
  limited as (
    select *, n >= 2 as shown, has(shares, indicator) as share,
      (mean + z * z / (2 * n_eff)) / (1 + z * z / n_eff) as centre,
      z * sqrt(mean * (1 - mean) / n_eff + z * z / (4 * n_eff * n_eff)) / (1 + z * z / n_eff) as half,
      if(share, centre - half, greatest(transform(indicator, names, lowest, 0.), mean - t * se_mean)) as low,
      if(share, centre + half, least(transform(indicator, names, highest, 0.), mean + t * se_mean)) as high
    from errors
  ),
  fresh as (
    select indicator, unit_type, unit_id, slice,
      if(shown, mean, null) as value, if(shown, se_mean, null) as se, if(shown, low, null) as lo95, if(shown, high, null) as hi95,
      n, if(n = 0, 0, n_eff) as n_eff, if(shown, 'ok', 'insufficient') as status,
      multiIf(n = 1, 'one student', n = 0, transform(indicator, names, unknown, ''), '') as reason, enrolled, members, 0 as gone
    from limited
    union all
    select indicator, unit_type, unit_id, '', null, null, null, null, 0, 0, 'not_applicable', 'fewer than 2 school days', 0, 0, 0 from closed
    union all
    select indicator, unit_type, unit_id, slice, null, null, null, null, 0, 0, 'not_applicable', '', 0, 0, 1
    from indicators final where week = {week:Date} and indicator in names
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
