-- home_bases: the members of every advisory and the ties between them, at the end of one week
-- Grain    one row per advisory
-- Inputs   week:Date (a Monday)
-- Columns  class_id · school_id · members · tied members with sustained contact with an adviser of it · peers_known are contacts of
--          students logged there · members_hash of the members · ends Array((place of the one, of the other)), places from 0
-- Source   indicators C7; what SQL cannot do (components, local clustering) is done by processors/statistics/graph.ts
with
  -- include ./advisers.sql
  enrolled_in as (
    select student_id, arrayJoin(arrayMap(c -> c.1, arrayFilter(c -> c.2 and c.3 > 0, classes))) as class_id,
      arrayFilter((p, kind) -> kind > 0 and p > student_id, peers, peer_kinds) as tied_peers, arrayFilter((x, held) -> held, adults, adult_sustained) as held
    from student_connectedness final where week = {week:Date}
  ),
  lists as (select class_id, arraySort(groupArray(student_id)) as ids from enrolled_in group by class_id),
  adviser_ids as (select class_id, groupUniqArray(adviser_id) as ids from homeroom_adults group by class_id)
select e.class_id as class_id, any(k.school_id) as school_id, toUInt32(count()) as members,
  toUInt32(countIf(hasAny(e.held, d.ids))) as tied,
  any(notEmpty(d.ids)) as advised, any(g.peers_known) as peers_known, any(g.adults_known) as adults_known,
  toString(sumWithOverflow(cityHash64(e.student_id, 1.))) as members_hash,
  arraySort(groupArrayArray(arrayMap(p -> (toUInt32(indexOf(l.ids, e.student_id) - 1), toUInt32(indexOf(l.ids, p) - 1)),
    arrayFilter(p -> has(l.ids, p), e.tied_peers)))) as ends
from enrolled_in as e
inner join lists as l on l.class_id = e.class_id
inner join (select class_id, school_id from classes final) as k on k.class_id = e.class_id
left any join adviser_ids as d on d.class_id = e.class_id
left any join (select * from contact_logging final where week = {week:Date}) as g on g.school_id = k.school_id
group by e.class_id
order by class_id
