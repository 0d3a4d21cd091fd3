-- trajectory_aggregates: growth in points a year of every class and advisory, from the lines of its students
-- Grain    one row per class or advisory
-- Inputs   test:String, subject:String (as in student_trajectories) · window:String, week:Date of the last window · slice:String of test and
--          subject · spread:Float64, variance of slopes between students of a school · computed:UInt64
-- Columns  as in the table indicators; slice = subject=…,test=…
-- Source   indicators A3; differs: the specification has no mean of students' slopes. It is the mean of empirical-Bayes slopes; its
--          standard error has the students' own parts as independent, and what they share (the school's and the district's line) in full,
--          which is a little too much. Shown from half
--          of the students on (design constant). A class's students are those who are enrolled in it on the day of their last score.
with
  1.959963984540054 as z,
  lines as (
    select student_id, slope, se, (1 - assumeNotNull(reliability)) * {spread:Float64} as own, status, as_of
    from student_trajectories final
    where test = {test:String} and subject = {subject:String}
  ),
  last_scores as (
    select student_id, max(day) as day from window_scores final
    where test = {test:String} and subject = {subject:String} group by student_id
  ),
  -- include ./class-members.sql
  placed as (
    select distinct members.unit_type as unit_type, members.class_id as unit_id, lines.student_id as student_id, lines.slope as slope,
      lines.se as se, lines.own as own, lines.status as status, lines.as_of as as_of
    from lines
    inner join last_scores on last_scores.student_id = lines.student_id
    inner join members on members.student_id = lines.student_id
    where members.begin_day <= last_scores.day and last_scores.day < members.end_day
  ),
  -- sums run over sorted arrays, so that no order of rows changes a bit
  sums as (
    select unit_type, unit_id, max(as_of) as newest, toUInt32(count()) as tested,
      arraySort(groupArrayIf(assumeNotNull(slope), status = 'ok')) as slopes, toUInt32(length(slopes)) as n,
      arraySum(arraySort(groupArrayIf(own, status = 'ok'))) as own_sum,
      arraySum(arraySort(groupArrayIf(greatest(0, assumeNotNull(se) * assumeNotNull(se) - own), status = 'ok'))) as shared_sum,
      sumWithOverflowIf(cityHash64(student_id, 1), status = 'ok') as members
    from placed group by unit_type, unit_id
  ),
  means as (
    select *, n >= 2 and 2 * n >= tested as shown, arraySum(slopes) / n as mean, sqrt(own_sum / n / n + shared_sum / n) as se_mean from sums
  )
select 'growth_rate' as indicator, toUInt16(1) as version, unit_type, unit_id, {slice:String} as slice, {window:String} as period,
  {week:Date} as week, newest as as_of, if(shown, mean, null) as value, if(shown, se_mean, null) as se,
  if(shown, mean - z * se_mean, null) as lo95, if(shown, mean + z * se_mean, null) as hi95, n, toFloat64(n) as n_eff,
  if(shown, 'ok', 'insufficient') as status,
  if(shown, '', 'fewer than two students, or than half of them, have a line that says enough of growth') as reason,
  tested as enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from means
order by unit_type, unit_id
