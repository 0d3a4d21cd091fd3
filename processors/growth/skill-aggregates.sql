-- skill_aggregates: expected skills gained of every class, advisory, school and the district in one week
-- Grain    one row per unit and slice
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators
-- Source   indicators A6, section 0 (weighted mean, moves, statuses); differs: the mean is over the students who answered an item of
--          a skill in the week. Who did not answer may have learnt, which nobody has seen: that is no 0.
with
  -- include ../statistics/student-t.sql
  -- include ../engagement/attending.sql
  -- billionths are whole numbers: their sums are exact, in any order
  gains as (
    select student_id, sum(toInt64(round(gained * 1e9))) / 1e9 as gained
    from student_skill_weeks final where week = {week:Date} group by student_id
  ),
  placed as (
    select a.student_id as student_id, a.classes as classes, g.known as known, g.gained as gained, p.grade as grade,
      arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, a.schools) as open
    from attending as a
    left any join (select *, true as known from gains) as g on g.student_id = a.student_id
    left any join (select person_id, grade from persons final) as p on p.person_id = a.student_id
    where notEmpty(open)
  ),
  -- (unit_type, unit_id, slice, weight): the share of the week's school days that the student was enrolled there
  memberships as (
    select student_id, known, gained,
      arrayJoin(arrayConcat(
        arrayFlatten(arrayMap(s -> arrayMap(slice -> ('school', s.1, slice, bitCount(bitAnd(s.2, s.3)) / bitCount(s.3)), ['', concat('grade=', grade)]), open)),
        arrayMap(slice -> ('district', {district:String}, slice, least(1, arraySum(s -> bitCount(bitAnd(s.2, s.3)) / bitCount(s.3), open))), ['', concat('grade=', grade)]),
        arrayMap(c -> (if(c.2, 'advisory', 'class'), c.1, '', bitCount(bitAnd(c.3, c.4)) / bitCount(c.4)), arrayFilter(c -> bitCount(c.4) >= 2, classes)))) as m
    from placed
  ),
  measured as (
    select m.1 as unit_type, m.2 as unit_id, m.3 as slice, arraySort(groupArrayIf((gained, m.4), known)) as pairs,
      sumWithOverflowIf(cityHash64(student_id, m.4), known) as members, toUInt32(count()) as enrolled
    from memberships where m.4 > 0
    group by unit_type, unit_id, slice
  ),
  sums as (
    select *, toUInt32(length(pairs)) as n, arraySum(p -> p.2, pairs) as sum_w, arraySum(p -> p.2 * p.2, pairs) as sum_ww,
      arraySum(p -> p.2 * p.1, pairs) / sum_w as mean
    from measured
  ),
  errors as (
    select *, n >= 2 as shown, t_975(n - 1) as t,
      sqrt(arraySum(p -> p.2 * p.2 * (p.1 - mean) * (p.1 - mean), pairs)) / sum_w * sqrt(n / (n - 1)) as se_mean
    from sums
  )
select 'skills_gained' as indicator, toUInt16(1) as version, unit_type, unit_id, slice, formatDateTime({week:Date}, '%G-W%V') as period,
  {week:Date} as week, (select max(newest) from student_skill_weeks final where week = {week:Date}) as as_of,
  if(shown, mean, null) as value, if(shown, se_mean, null) as se, if(shown, mean - t * se_mean, null) as lo95,
  if(shown, mean + t * se_mean, null) as hi95, n, if(n = 0, 0, sum_w * sum_w / sum_ww) as n_eff,
  if(shown, 'ok', 'insufficient') as status,
  multiIf(n = 1, 'one student', n = 0, 'nobody answered an item that names a skill in this week', '') as reason,
  enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from errors
order by unit_type, unit_id, slice
