-- conditional_aggregates: conditional growth of every class, advisory, school and the district between two windows
-- Grain    one row per unit and slice
-- Inputs   test:String, subject:String, window:String (as in student_growth: the two windows) · slice:String of the first
--          window, test and subject · district:String · computed:UInt64
-- Columns  as in the table indicators; slice = from=…,subject=…,test=…, with grade=… before it
-- Source   indicators A5 (school mean with SE), section 0 (Student's t); differs: none. A school's students are those who spent half
--          of the school days between the tests there; a class's those who are enrolled in it on the day of the second test.
with
  -- include ../statistics/student-t.sql
  'conditional_growth' as measured,
  -- include ./growth-units.sql
  sliced as (
    select *, arrayJoin(if(grade = '', [''], ['', concat('grade=', grade, ',')])) as group_slice from placed
  ),
  -- sums run over sorted arrays, so that no order of rows changes a bit
  sums as (
    select unit_type, unit_id, concat(group_slice, {slice:String}) as slice, toMonday(any(window_begin)) as week,
      max(as_of) as newest, toUInt32(count()) as tested,
      arraySort(groupArrayIf(assumeNotNull(value), status = 'ok')) as indices, toUInt32(length(indices)) as n,
      maxIf(reason, status != 'ok') as why_none, sumWithOverflowIf(cityHash64(student_id, 1), status = 'ok') as members
    from sliced group by unit_type, unit_id, group_slice
  ),
  means as (
    select *, arraySum(indices) / n as mean, arraySum(x -> (x - mean) * (x - mean), indices) as squares,
      n >= 2 and squares > 1e-24 * n * (1 + mean * mean) as shown, sqrt(squares / (n - 1) / n) as se_mean, t_975(n - 1) as t
    from sums
  )
select 'conditional_growth' as indicator, toUInt16(1) as version, unit_type, unit_id, slice, {window:String} as period, week,
  newest as as_of, if(shown, mean, null) as value, if(shown, se_mean, null) as se, if(shown, mean - t * se_mean, null) as lo95,
  if(shown, mean + t * se_mean, null) as hi95, n, toFloat64(n) as n_eff, if(shown, 'ok', 'insufficient') as status,
  multiIf(shown, '', n = 0, why_none, n = 1, 'one student', 'all students grew alike') as reason,
  tested as enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from means
order by unit_type, week, unit_id, slice
