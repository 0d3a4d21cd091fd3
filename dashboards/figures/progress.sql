-- progress: what has arrived and what has been computed
-- Grain    one row
-- Inputs   none
-- Columns  events rows stored, second deliveries included until they are merged · dead letters · students weeks with
--          values computed: student_weeks · first_week, last_week of them, Mondays; 1970-01-01 if there are none
-- Source   counts of tables; differs: none
select
  toFloat64((select count() from events)) as events,
  toFloat64((select count() from dead_letters final where id not in (select letter_id from redriven where is_done))) as dead_letters,
  toFloat64((select count() from student_week)) as student_weeks,
  (select min(week) from student_week) as first_week,
  (select max(week) from student_week) as last_week
