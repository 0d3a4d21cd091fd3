-- brief_ties: with whom one student was in contact, and how each of the last weeks was spent
-- Grain    one row per week of the last nine that the student was enrolled in; the newest first
-- Inputs   student:String pseudonym, hexadecimal · today:Date local day
-- Columns  week Monday · school_bits, adult_bits, peer_bits Monday the lowest bit · adults [pseudonym, role, weight, day of the last contact,
--          sustained], peers [pseudonym, weight, kind 2 chosen 1 assigned 0 none, day of the last contact], heaviest first · sustained adults ·
--          peer_ties · seen_days of 8 weeks · run_days school days without logged contact up to now · connected_share · balance · plan_fit 0 to 1,
--          null: not known · weeks_off_plan · adults_known, peers_known whether the school logs such contact · days, minutes_individual,
--          minutes_adult, minutes_peer, minutes_group by day
-- Source   indicators C1 to C8 (student_connectedness, flow_weeks); differs: none
with
  toFixedString(unhex({student:String}), 32) as asked,
  least((select max(week) from student_connectedness), toMonday({today:Date})) as newest
select toString(c.week) as week, c.school_bits as school_bits, c.adult_bits as adult_bits, c.peer_bits as peer_bits,
  arrayMap((id, role, weight, last, held) -> (lower(hex(id)), toString(role), weight, toString(last), held),
    c.adults, c.adult_roles, c.adult_weights, c.adult_last, c.adult_sustained) as adults,
  arrayMap((id, weight, kind, last) -> (lower(hex(id)), weight, kind, toString(last)), c.peers, c.peer_weights, c.peer_kinds, c.peer_last) as peers,
  c.sustained as sustained, c.peer_ties as peer_ties, c.seen_days as seen_days, c.run_days as run_days, c.connected_share as connected_share,
  c.balance as balance, c.plan_fit as plan_fit, c.weeks_off_plan as weeks_off_plan, c.adults_known as adults_known, c.peers_known as peers_known,
  arrayMap(day -> toString(day), f.days) as days,
  arrayMap(ms -> ms / 60000, f.individual_ms) as minutes_individual, arrayMap(ms -> ms / 60000, f.adult_ms) as minutes_adult,
  arrayMap(ms -> ms / 60000, f.peer_ms) as minutes_peer, arrayMap(ms -> ms / 60000, f.group_ms) as minutes_group
from (select * from student_connectedness final where student_id = asked and week between newest - 56 and newest) as c
left any join (select * from flow_weeks final where student_id = asked and week between newest - 56 and newest) as f on f.week = c.week
order by c.week desc
