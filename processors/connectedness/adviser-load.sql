-- adviser_load: what every adviser carries at the end of one week
-- Grain    one row per adviser and school
-- Inputs   week:Date (a Monday) · computed:UInt64
-- Columns  as in the table adviser_load
-- Source   indicators C3 (Gini of the weights of the adviser's ties to the advisees)
with
  -- include ../engagement/attending.sql
  -- include ./advisers.sql
  advisees as (
    select h.adviser_id as adviser_id, h.school_id as school_id, h.class_id as class_id, a.student_id as student_id
    from (select student_id, arrayJoin(arrayMap(c -> c.1, arrayFilter(c -> c.2 and c.3 > 0, classes))) as class_id from attending) as a
    inner join homeroom_adults as h on h.class_id = a.class_id
  ),
  ties as (
    select student_id, adult, weight, held
    from student_connectedness final array join adults as adult, adult_weights as weight, adult_sustained as held
    where week = {week:Date}
  ),
  weighed as (
    select a.adviser_id as adviser_id, a.school_id as school_id, a.student_id as student_id, groupUniqArray(a.class_id) as classes, any(t.weight) as weight, any(t.held) as held, any(s.sustained) as sustained
    from advisees as a
    left any join ties as t on t.student_id = a.student_id and t.adult = a.adviser_id
    left any join (select student_id, sustained from student_connectedness final where week = {week:Date}) as s on s.student_id = a.student_id
    group by a.adviser_id, a.school_id, a.student_id
  ),
  loads as (
    select adviser_id, school_id, arraySort(groupUniqArrayArray(classes)) as class_ids, toUInt32(count()) as advisees, toUInt32(countIf(held)) as tied,
      toUInt32(countIf(sustained = 0)) as unserved, arraySort(groupArray(weight)) as weights, arraySum(weights) as total
    from weighed
    group by adviser_id, school_id
  ),
  active_adults as (
    select distinct arrayJoin(arrayFilter((x, role, n) -> role != 'student' and n > 0, others, other_roles, meetings)) as adult
    from tie_weeks final where week between {week:Date} - 49 and {week:Date}
  )
select {week:Date} as week, adviser_id, school_id, class_ids, advisees, tied, unserved,
  if(total > 0 and advisees > 1, 2 * arraySum((w, i) -> w * i, weights, arrayEnumerate(weights)) / (advisees * total) - (advisees + 1) / advisees, null) as gini,
  (adviser_id in (select adult from active_adults))::Bool as active, if(active, 'ok', 'insufficient') as status,
  if(active, '', 'no meeting with a student is logged in the last 8 weeks') as reason, {computed:UInt64} as computed, toUInt8(0) as deleted
from loads
order by adviser_id, school_id
