-- contact_logging: how completely each school logs contacts, at the end of one week
-- Grain    one row per school with students enrolled in the week
-- Inputs   week:Date (a Monday) · computed:UInt64
-- Columns  as in the table contact_logging
-- Source   indicators C2 (half of the advisers active); differs: the same rule for contacts between students, and active means that a
--          meeting was logged in the last 8 weeks: requests for help come from the students' own tools
with
  8 as recent_weeks,
  -- include ../engagement/attending.sql
  -- include ./advisers.sql
  recent as (
    select student_id, arrayFilter((x, role, n) -> role != 'student' and n > 0, others, other_roles, meetings) as adults,
      has(other_roles, 'student') as with_peer
    from tie_weeks final where week between {week:Date} - 7 * (recent_weeks - 1) and {week:Date}
  ),
  met_adults as (select distinct arrayJoin(adults) as adviser_id from recent),
  of_students as (
    select s.1 as school_id, toUInt32(count()) as students, toUInt32(countIf(with_peer)) as peer_students, countIf(with_adult) > 0 as any_adult
    from attending as a
    array join a.schools as s
    left any join (
      select student_id, max(with_peer) as with_peer, max(notEmpty(adults)) as with_adult from recent group by student_id
    ) as r on r.student_id = a.student_id
    group by school_id
  ),
  of_advisers as (
    select school_id, toUInt32(uniqExact(adviser_id)) as advisers,
      toUInt32(uniqExactIf(adviser_id, adviser_id in (select adviser_id from met_adults))) as active_advisers
    from homeroom_adults group by school_id
  )
select {week:Date} as week, s.school_id as school_id, a.advisers as advisers, a.active_advisers as active_advisers, s.students as students,
  s.peer_students as peer_students, if(a.advisers > 0, 2 * a.active_advisers >= a.advisers, s.any_adult)::Bool as adults_known,
  (2 * s.peer_students >= s.students)::Bool as peers_known, {computed:UInt64} as computed, toUInt8(0) as deleted
from of_students as s
left any join of_advisers as a on a.school_id = s.school_id
order by school_id
