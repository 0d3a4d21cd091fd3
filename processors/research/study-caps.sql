-- study_caps: what the tenth-highest student of an extract reached in any week; everything above is said as this
-- Grain    one row
-- Inputs   from:Date, to:Date (Mondays, [from, to)); extracting_students
-- Columns  effort_minutes · adults · peer_ties · adult_minutes · peer_minutes: each a value that ten students reach, minutes as tens
-- Source   indicators E5: rare values are top-coded; differs: none
with
  tenth as (
    select
      arrayReverseSort(groupArray(effort))[greatest(1, least(10, count()))] as effort_minutes
    from (
      select max(ifNull(effort_minutes, 0)) as effort from student_engagement final
      where week >= {from:Date} and week < {to:Date} and student_id in (select student_id from extracting_students) group by student_id
    )
  ),
  tenth_contact as (
    select
      arrayReverseSort(groupArray(a))[greatest(1, least(10, count()))] as adults,
      arrayReverseSort(groupArray(p))[greatest(1, least(10, count()))] as peer_ties,
      arrayReverseSort(groupArray(m))[greatest(1, least(10, count()))] as adult_minutes,
      arrayReverseSort(groupArray(g))[greatest(1, least(10, count()))] as peer_minutes
    from (
      select max(sustained) as a, max(peer_ties) as p, max(adult_ms) / 60000 as m, max(peer_ms + group_ms) / 60000 as g
      from student_connectedness final
      where week >= {from:Date} and week < {to:Date} and student_id in (select student_id from extracting_students) group by student_id
    )
  )
select greatest(10, 10 * floor(t.effort_minutes / 10)) as effort_minutes, toFloat64(c.adults) as adults, toFloat64(c.peer_ties) as peer_ties,
  greatest(10, 10 * floor(c.adult_minutes / 10)) as adult_minutes, greatest(10, 10 * floor(c.peer_minutes / 10)) as peer_minutes
from tenth as t cross join tenth_contact as c
