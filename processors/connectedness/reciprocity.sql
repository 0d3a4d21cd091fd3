-- reciprocity: messages and requests for help that go both ways, over the 8 weeks up to the end of one week
-- Grain    one row per indicator and unit
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators; n students at either end, n_eff pairs of people
-- Source   indicators C5 (edges with a reverse edge / all edges, of 30 or more). The interval is that of the share p of pairs with both
--          directions (Wilson), taken over by value = 2 p / (1 + p): the two edges of a pair are no two observations.
with
  30 as least_edges, 1.959963984540054 as z,
  directed as (
    select student_id, other, role = 'student' as between_students, sum(out) > 0 as goes, sum(back) > 0 as comes
    from (
      select student_id, others, other_roles, sent, received from tie_weeks final where week between {week:Date} - 49 and {week:Date}
    )
    array join others as other, other_roles as role, sent as out, received as back
    where out + back > 0
    group by student_id, other, between_students
  ),
  units as (
    select student_id, arrayJoin(arrayConcat([('district', {district:String})],
      arrayMap(s -> ('school', s.1), schools))) as unit
    from student_connectedness final
    where week = {week:Date} and arrayExists(s -> bitCount(s.3) >= 2, schools)
  ),
  -- a pair of students stands in the rows of both, and counts once
  pairs as (
    select u.unit as unit, d.between_students as between_students, least(d.student_id, d.other) as one, greatest(d.student_id, d.other) as two,
      toBool(max(d.goes and d.comes)) as mutual, groupUniqArray(d.student_id) as students
    from directed as d
    inner join units as u on u.student_id = d.student_id
    group by unit, between_students, one, two
    -- between students: both in the unit
    having not between_students or length(students) = 2
  ),
  counts as (
    select if(between_students, 'peer_reciprocity', 'adult_reciprocity') as indicator, unit.1 as unit_type, unit.2 as unit_id,
      count() as dyads, countIf(mutual) as both, toUInt32(length(groupUniqArrayArray(students) as ids)) as n,
      arrayReduce('sumWithOverflow', arrayMap(x -> cityHash64(x, 1.), ids)) as members, dyads + both as edges, both / dyads as p,
      z * sqrt(p * (1 - p) / dyads + z * z / (4 * dyads * dyads)) / (1 + z * z / dyads) as half,
      (p + z * z / (2 * dyads)) / (1 + z * z / dyads) as centre,
      if(both = 0, 0, centre - half) as low, if(both = dyads, 1, centre + half) as high, edges >= least_edges as told
    from pairs
    group by indicator, unit_type, unit_id
  ),
  of_units as (select unit, toUInt32(uniqExact(student_id)) as enrolled from units group by unit),
  every as (
    select arrayJoin(['peer_reciprocity', 'adult_reciprocity']) as indicator, unit.1 as unit_type, unit.2 as unit_id, enrolled from of_units
  )
select e.indicator as indicator, toUInt16(1) as version, e.unit_type as unit_type, e.unit_id as unit_id, '' as slice,
  formatDateTime({week:Date}, '%G-W%V') as period, {week:Date} as week,
  (select max(newest) from student_week final where week = {week:Date}) as as_of,
  if(c.told, 2 * c.p / (1 + c.p), null) as value, if(c.told, 2 * sqrt(c.p * (1 - c.p) / c.dyads) / pow(1 + c.p, 2), null) as se,
  if(c.told, 2 * c.low / (1 + c.low), null) as lo95, if(c.told, 2 * c.high / (1 + c.high), null) as hi95,
  c.n as n, toFloat64(c.dyads) as n_eff, if(c.told, 'ok', 'insufficient') as status,
  if(c.told, '', 'fewer than 30 logged messages and requests for help') as reason,
  e.enrolled as enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, c.members as members
from every as e
left any join counts as c on c.indicator = e.indicator and c.unit_type = e.unit_type and c.unit_id = e.unit_id
order by unit_type, indicator, unit_id
