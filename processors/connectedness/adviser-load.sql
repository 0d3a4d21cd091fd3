-- adviser_load: what every adviser carries at the end of one week
-- Grain    one row per adviser and school
-- Inputs   week:Date (a Monday) · computed:UInt64
-- Columns  as in the table adviser_load
-- Source   indicators C3 (Gini of the weights of the adviser's ties to the advisees)
with
  -- include ./advisers.sql
  advisees as (
    select h.adviser_id as adviser_id, h.school_id as school_id, s.student_id as student_id, groupUniqArray(s.class_id) as classes,
      any(s.sustained) as sustained, indexOf(any(s.adults), adviser_id) as place,
      if(place > 0, any(s.weights)[place], 0.) as weight, place > 0 and any(s.held)[place] as tied
    from (
      select student_id, adults, adult_weights as weights, adult_sustained as held, sustained,
        arrayJoin(arrayMap(c -> c.1, arrayFilter(c -> c.2 and c.3 > 0, classes))) as class_id
      from student_connectedness final where week = {week:Date}
    ) as s
    inner join homeroom_adults as h on h.class_id = s.class_id
    group by h.adviser_id, h.school_id, s.student_id
  ),
  loads as (
    select adviser_id, school_id, arraySort(groupUniqArrayArray(classes)) as class_ids, toUInt32(count()) as advisees, toUInt32(countIf(tied)) as tied_to,
      toUInt32(countIf(sustained = 0)) as unserved, arraySort(groupArray(weight)) as weights, arraySum(weights) as total
    from advisees
    group by adviser_id, school_id
  ),
  active_adults as (
    select distinct arrayJoin(arrayFilter((x, role, n) -> role != 'student' and n > 0, others, other_roles, meetings)) as adult
    from tie_weeks final where week between {week:Date} - 49 and {week:Date}
  )
select {week:Date} as week, adviser_id, school_id, class_ids, advisees, tied_to as tied, unserved,
  if(total > 0 and advisees > 1, 2 * arraySum((w, i) -> w * i, weights, arrayEnumerate(weights)) / (advisees * total) - (advisees + 1) / advisees, null) as gini,
  (adviser_id in (select adult from active_adults))::Bool as active, if(active, 'ok', 'insufficient') as status,
  if(active, '', 'no meeting with a student is logged in the last 8 weeks') as reason, {computed:UInt64} as computed, toUInt8(0) as deleted
from loads
order by adviser_id, school_id
