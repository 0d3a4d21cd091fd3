-- connectedness_aggregates: connectedness of every class, advisory, school and the district at the end of one week
-- Grain    one row per indicator, unit and slice
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators
-- Source   indicators C2 (coverage), C3 (load), C4, C7 (share tied to the adviser), C8, section 0 (weighted mean, moves, statuses); differs:
--          Wilson's interval of a share of students who count by parts of a week goes by n_eff. Who is in a school that hardly logs
--          contacts is unknown, not without contact.
with
  20 as least_days, 10 as least_count,
  -- include ../statistics/student-t.sql
  (select (groupArrayIf(school_id, adults_known), groupArrayIf(school_id, peers_known)) from contact_logging final where week = {week:Date}) as logging,
  placed as (
    select student_id, classes, adults_known, peers_known, grade, band, sustained, sustained_14, sustained_56, adviser_tied, notEmpty(advisers) as advised,
      peer_ties, seen_days, connected_share, balance, plan_fit, arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, schools) as open
    from student_connectedness final
    where week = {week:Date} and notEmpty(open)
  ),
  -- (unit_type, unit_id, slice, weight, are adults' contacts logged there, are students'): weight is the share of the week's school days
  memberships as (
    select student_id, band, sustained, sustained_14, sustained_56, adviser_tied, advised, peer_ties, seen_days, connected_share, balance, plan_fit,
      arrayFilter(s -> s != 'band=0', ['', concat('grade=', grade), concat('band=', toString(band))]) as slices,
      arrayJoin(arrayConcat(
        arrayFlatten(arrayMap(s -> arrayMap(slice -> ('school', s.1, slice, bitCount(bitAnd(s.2, s.3)) / bitCount(s.3), has(logging.1, s.1), has(logging.2, s.1)), slices), open)),
        arrayMap(slice -> ('district', {district:String}, slice, least(1, arraySum(s -> bitCount(bitAnd(s.2, s.3)) / bitCount(s.3), open)), adults_known, peers_known), slices),
        arrayMap(c -> (if(c.2, 'advisory', 'class'), c.1, '', bitCount(bitAnd(c.3, c.4)) / bitCount(c.4), adults_known, peers_known),
          arrayFilter(c -> bitCount(c.4) >= 2, classes)))) as m
    from placed
  ),
  -- (indicator, is it a share of students, known, value)
  measured as (
    select m.1 as unit_type, m.2 as unit_id, m.3 as slice, x.1 as indicator, x.2 as is_share,
      arraySort(groupArrayIf((assumeNotNull(x.4), m.4), x.3)) as pairs,
      sumWithOverflowIf(cityHash64(student_id, m.4), x.3) as members,
      toUInt32(count()) as enrolled, countIf(x.3 and x.4 = 1) as ones
    from memberships
    array join arrayConcat(
      [ ('adult_contact', true, m.5, toNullable(toFloat64(sustained >= 1))),
        ('adult_contact_two', true, m.5, toNullable(toFloat64(sustained >= 2))),
        ('adviser_contact', true, m.5 and advised, toNullable(toFloat64(adviser_tied))),
        ('connected_days', false, m.5 and m.6 and connected_share is not null, connected_share),
        ('flow_balance', false, balance is not null, balance),
        ('plan_fit', false, plan_fit is not null, plan_fit) ],
      if(m.3 = '' and m.1 in ('school', 'district'), [('no_peer_tie', true, m.6 and seen_days >= least_days, toNullable(toFloat64(peer_ties = 0)))], []),
      if(m.3 = '' and m.1 = 'district', [
        ('adult_contact_half_life_14', true, m.5, toNullable(toFloat64(sustained_14 >= 1))),
        ('adult_contact_half_life_56', true, m.5, toNullable(toFloat64(sustained_56 >= 1)))], [])) as x
    where m.4 > 0
    group by unit_type, unit_id, slice, indicator, is_share
  ),
  -- sums run over sorted arrays, so that no order of arrival changes a bit
  sums as (
    select *, toUInt32(length(pairs)) as n, arraySum(p -> p.2, pairs) as sum_w, arraySum(p -> p.2 * p.2, pairs) as sum_ww,
      arraySum(p -> p.2 * p.1, pairs) / sum_w as mean, sum_w * sum_w / sum_ww as effective
    from measured
  ),
  errors as (
    select *, t_975(n - 1) as t,
      if(is_share, sqrt(mean * (1 - mean) / effective),
        sqrt(arraySum(p -> p.2 * p.2 * (p.1 - mean) * (p.1 - mean), pairs)) / sum_w * sqrt(n / (n - 1))) as se_of,
      z * sqrt(mean * (1 - mean) / effective + z * z / (4 * effective * effective)) / (1 + z * z / effective) as half,
      (mean + z * z / (2 * effective)) / (1 + z * z / effective) as centre
    from sums
  ),
  -- 1 to 9 of a school's students would be a handful whom others could name
  shown as (
    select *, indicator = 'no_peer_tie' and n >= 2 and ones < least_count as few, n >= 2 and not few as told,
      if(is_share, if(ones = 0, 0, centre - half), greatest(0, mean - t * se_of)) as low,
      if(is_share, if(ones = n, 1, centre + half), least(1, mean + t * se_of)) as high
    from errors
  ),
  -- a homeroom's advisers are those of adviser_load; a student with two homerooms counts once in a school
  loads as (
    select unit.1 as unit_type, unit.2 as unit_id, uniqExact(student_id) as advisees, uniqExact(adviser_id) as advisers,
      uniqExactIf(adviser_id, active) as active_advisers, arrayReduce('sumWithOverflow', arrayMap(x -> cityHash64(x, 1.), groupUniqArray(student_id))) as students_hash,
      arrayReduce('sumWithOverflow', arrayMap(x -> cityHash64(x, 1.), groupUniqArray(adviser_id))) as advisers_hash
    from (
      select p.student_id as student_id, l.adviser_id as adviser_id, l.active as active,
        arrayJoin([('advisory', p.class_id), ('school', toString(l.school_id)), ('district', {district:String})]) as unit
      from (select student_id, arrayJoin(arrayMap(c -> c.1, arrayFilter(c -> c.2 and bitAnd(c.3, c.4) > 0 and bitCount(c.4) >= 2, classes))) as class_id from placed) as p
      inner join (select adviser_id, school_id, active, arrayJoin(class_ids) as class_id from adviser_load final where week = {week:Date}) as l on l.class_id = p.class_id
    )
    group by unit
  ),
  completeness as (
    select unit_type, unit_id, concat(toString(toUInt8(round(100 * active_advisers / advisers))), ' % of advisers logged a meeting in the last 8 weeks') as said
    from loads
  ),
  closed as (
    select arrayJoin(['adult_contact', 'adult_contact_two', 'adviser_contact', 'connected_days', 'flow_balance', 'plan_fit', 'no_peer_tie']) as indicator,
      unit_id
    from (
      select distinct arrayJoin(arrayMap(s -> s.1, arrayFilter(s -> bitCount(s.3) < 2, schools))) as unit_id
      from student_connectedness final where week = {week:Date}
    )
  ),
  fresh as (
    select indicator, s.unit_type as unit_type, s.unit_id as unit_id, slice, if(told, mean, null) as value, if(told, se_of, null) as se,
      if(told, low, null) as lo95, if(told, high, null) as hi95, n, if(n = 0, 0, effective) as n_eff,
      multiIf(told, 'ok', few, 'suppressed', 'insufficient') as status,
      multiIf(told, if(indicator in ('no_peer_tie', 'plan_fit'), '', c.said), few, 'fewer than 10 students', n = 1, 'one student',
        indicator = 'flow_balance', 'no time was logged',
        indicator = 'plan_fit', 'nobody has a plan for the week''s mix, or no time was logged',
        indicator = 'no_peer_tie' and unit_id in logging.2, 'nobody was there for 20 school days of the last 8 weeks',
        indicator = 'no_peer_tie', 'fewer than half of the students have any logged contact with another student',
        indicator = 'adviser_contact' and unit_id in logging.1, 'the roster names no advisers',
        'fewer than half of the advisers logged a meeting in the last 8 weeks') as reason,
      enrolled, members
    from shown as s
    left any join completeness as c on c.unit_type = s.unit_type and c.unit_id = s.unit_id
    union all
    select indicator, 'school', unit_id, '', null, null, null, null, 0, 0, 'not_applicable', 'fewer than 2 school days', 0, 0 from closed
    union all
    select 'adviser_load', unit_type, unit_id, '', advisees / advisers, 0, advisees / advisers, advisees / advisers, toUInt32(advisees), advisees, 'ok', '',
      toUInt32(advisees), students_hash from loads
    union all
    -- of advisers: a count of all of them, which chance has no part in
    select 'contact_logging', unit_type, unit_id, '', active_advisers / advisers, 0, active_advisers / advisers, active_advisers / advisers, toUInt32(advisers), advisers,
      'ok', '', toUInt32(advisers), advisers_hash from loads where unit_type in ('school', 'district')
  )
select toString(fresh.indicator) as indicator, toUInt16(1) as version, unit_type, unit_id, slice,
  formatDateTime({week:Date}, '%G-W%V') as period, {week:Date} as week,
  (select max(newest) from student_week final where week = {week:Date}) as as_of,
  value, se, lo95, hi95, n, n_eff, status, reason, enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from fresh
order by unit_type, indicator, unit_id, slice
