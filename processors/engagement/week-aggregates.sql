-- week_aggregates: engagement of every class, advisory, school and the district in one week
-- Grain    one row per indicator, unit, slice; deleted = 1 for a unit that has nobody left in the week
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64
-- Columns  as in the table indicators
-- Source   indicators 0 (weighted mean, moves, statuses), B1, B2; differs: a student without events counts as 0 if the
--          school's feed was alive on a day when no absence was recorded for them (presence is presumed).
with
  ['active_days', 'effort_minutes', 'weekend_days', 'contact_minutes'] as names,
  [0., 0., 0., 0.] as lowest, [1., 10080., 2., 10080.] as highest, CAST([], 'Array(String)') as shares,
  ['no learning activity was recorded in this week', 'no learning activity was recorded in this week',
   'nobody is enrolled on the weekend, or no learning activity was recorded', 'no contact was recorded in this week'] as unknown,
  -- include ../statistics/student-t.sql
  -- include ./attending.sql
  -- include ./known.sql
  valued as (
    select student_id, open, classes,
      [ ('active_days', learning_known, active_share),
        ('effort_minutes', learning_known, effort_ms / 60000),
        ('weekend_days', learning_known and bitAnd(all_bits, 96) > 0, toFloat64(bitCount(bitAnd(own_learning_bits, 96)))),
        ('contact_minutes', contact_known, contact_ms / 60000) ] as measures
    from known
  ),
  -- include ./means.sql
