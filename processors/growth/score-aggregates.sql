-- score_aggregates: mean scores of schools and the district in one window, by grade
-- Grain    one row per unit and slice
-- Inputs   test:String, subject:String, window:String (as in window_scores) · slice:String of test and subject · district:String ·
--          lowest:Float64, highest:Float64 that the test can give · since:Date first day of its scale · computed:UInt64
-- Columns  as in the table indicators; slice = subject=…,test=…, with grade=… before it
-- Source   indicators section 0 (Student's t), F (trajectories by grade); differs: none. Scores that the test cannot give, or of an older scale, are left out. A
--          school's students are those who were enrolled there on the day of the test.
with
  -- include ../statistics/student-t.sql
  scores as (
    select student_id, score, grade, school_id, window_begin, stored_at, day < {since:Date} as older,
      score between {lowest:Float64} and {highest:Float64} and not older as possible
    from window_scores final
    where test = {test:String} and subject = {subject:String} and window = {window:String}
  ),
  placed as (
    select 'district' as unit_type, {district:String} as unit_id, scores.* from scores
    union all
    select 'school', school_id, scores.* from scores where school_id != ''
  ),
  sliced as (
    select *, arrayJoin(if(grade = '', [''], ['', concat('grade=', grade, ',')])) as group_slice from placed
  ),
  -- sums run over sorted arrays, so that no order of rows changes a bit
  sums as (
    select unit_type, unit_id, concat(group_slice, {slice:String}) as slice, toMonday(any(window_begin)) as week, max(stored_at) as newest,
      toUInt32(count()) as tested, countIf(older) = tested as all_older, arraySort(groupArrayIf(score, possible)) as points, toUInt32(length(points)) as n,
      sumWithOverflowIf(cityHash64(student_id, 1), possible) as members
    from sliced group by unit_type, unit_id, group_slice
  ),
  means as (
    select *, arraySum(points) / n as mean, arraySum(x -> (x - mean) * (x - mean), points) as squares,
      n >= 2 and squares > 1e-24 * n * (1 + mean * mean) as shown, sqrt(squares / (n - 1) / n) as se_mean, t_975(n - 1) as t
    from sums
  )
select 'mean_score' as indicator, toUInt16(1) as version, unit_type, unit_id, slice, {window:String} as period, week, newest as as_of,
  if(shown, mean, null) as value, if(shown, se_mean, null) as se, if(shown, mean - t * se_mean, null) as lo95,
  if(shown, mean + t * se_mean, null) as hi95, n, toFloat64(n) as n_eff, if(shown, 'ok', 'insufficient') as status,
  multiIf(shown, '', all_older, 'these scores are on an older scale', n = 0, 'no score that the test can give', n = 1, 'one student', 'all scores are equal') as reason,
  tested as enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from means
order by unit_type, week, unit_id, slice
