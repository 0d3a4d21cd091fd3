-- school_contact: how many students of one school have no sustained contact with an adult, and no logged tie with another student
-- Grain    one row
-- Inputs   school:String, week:Date (a Monday)
-- Columns  known students of whom it can be said · unheld of them, without an adult · seen students present on 20 school days or more, where
--          students' contacts are logged · alone of them, without a tie
-- Source   indicators C2, C4 (student_connectedness); for readers of that school's live tier, who are told of fewer than 10 only that
select toUInt32(countIf(adults_known)) as known, toUInt32(countIf(adults_known and sustained = 0)) as unheld,
  toUInt32(countIf(peers_known and seen_days >= 20)) as seen, toUInt32(countIf(peers_known and seen_days >= 20 and peer_ties = 0)) as alone
from student_connectedness final
where week = {week:Date} and school_id = {school:String}
