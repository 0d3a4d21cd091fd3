-- alarm_precision: of the alarms that were answered by whether there was a need, how many were needed
-- Grain    one row
-- Columns  needed: the last answer is talked · answered: it is talked or not-needed
-- Source   indicators B8; what advisers answered. "Seen" says neither.
with last as (
  select alarm_id, argMax(a.answer, (a.answered_at, a.answer_id)) as answer from alarm_answers as a group by alarm_id
)
select toUInt32(countIf(answer = 'talked')) as needed, toUInt32(countIf(answer in ('talked', 'not-needed'))) as answered
from last
