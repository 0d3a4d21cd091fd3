-- map_ties: contacts of the students of one advisory, with each other and with adults
-- Grain    one row per student of whom anything is computed
-- Inputs   students:Array(String) pseudonyms, hexadecimal · today:Date local day
-- Columns  student · week Monday · advisers of the student's homerooms · adults [pseudonym, role, weight, day of the last contact, sustained],
--          heaviest first · peers in the advisory [pseudonym, weight, kind 2 chosen 1 assigned] with a tie · outside ties with students of others ·
--          sustained adults · peer_ties · seen_days of 8 weeks · adults_known, peers_known whether the school logs such contact
-- Source   indicators C1, C2, C4, C7 (student_connectedness); differs: none
with
  arrayMap(x -> toFixedString(unhex(x), 32), {students:Array(String)}) as asked,
  least((select max(week) from student_connectedness), toMonday({today:Date})) as newest
select lower(hex(c.student_id)) as student, toString(c.week) as week,
  arrayMap(x -> lower(hex(x)), c.advisers) as advisers,
  arrayMap((id, role, weight, last, held) -> (lower(hex(id)), toString(role), weight, toString(last), held),
    c.adults, c.adult_roles, c.adult_weights, c.adult_last, c.adult_sustained) as adults,
  arrayFilter(x -> x.3 > 0 and has({students:Array(String)}, x.1),
    arrayMap((id, weight, kind) -> (lower(hex(id)), weight, kind), c.peers, c.peer_weights, c.peer_kinds)) as peers,
  toUInt32(arrayCount((id, kind) -> kind > 0 and not has(asked, id), c.peers, c.peer_kinds)) as outside,
  c.sustained as sustained, c.peer_ties as peer_ties, c.seen_days as seen_days, c.adults_known as adults_known, c.peers_known as peers_known
from (select * from student_connectedness final where week = newest and student_id in (select arrayJoin(asked))) as c
order by student
