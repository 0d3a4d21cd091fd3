-- student_weeks: one student's learning activity, week by week
-- Grain    one row per week in which the student was enrolled or active
-- Inputs   student:String pseudonym, hexadecimal · from:Date, to:Date Mondays, [from, to)
-- Columns  week · minutes of learning activity (B2), null: not known, since no tool of the school recorded anything or the student was absent ·
--          active_days with a learning event
-- Source   indicators B1, B2: student_week has activity some seconds before student_engagement, which knows a 0 from a gap
with toFixedString(unhex({student:String}), 32) as asked
select toString(week) as week, argMax(amount, (amount is not null, measured)) as minutes, toUInt8(max(days)) as active_days
from (
  select student_week.week as week, toNullable(effort_ms / 60000) as amount, length(learning_days) as days, true as measured
  from student_week final where student_id = asked and week >= {from:Date} and week < {to:Date} and effort_ms > 0
  union all
  select student_engagement.week, effort_minutes, 0, false
  from student_engagement final where student_id = asked and week >= {from:Date} and week < {to:Date}
)
group by week
order by week
