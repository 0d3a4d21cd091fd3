-- growth_fifths: how the growth percentiles of schools and the district are spread over the five fifths of the scale, in one window
-- Grain    one row per unit and fifth
-- Inputs   test:String, subject:String, window:String (as in student_growth) · slice:String of test and subject · district:String ·
--          computed:UInt64
-- Columns  as in the table indicators; slice = fifth=1..5,subject=…,test=… (1: percentiles 1 to 20 … 5: 81 to 99), value the share of the
--          unit's students in it, n all of them
-- Source   indicators A2, section 0 (Wilson's interval); differs: the specification has no distribution. Units as in growth-aggregates.sql.
with
  -- include ../statistics/student-t.sql
  known as (
    select student_id, assumeNotNull(value) as value, school_id, window_begin, as_of
    from student_growth final
    where indicator = 'growth_percentile' and test = {test:String} and subject = {subject:String} and window = {window:String}
      and status = 'ok'
  ),
  placed as (
    select 'district' as unit_type, {district:String} as unit_id, known.* from known
    union all
    select 'school', school_id, known.* from known where school_id != ''
  ),
  counted as (
    select unit_type, unit_id, toMonday(any(window_begin)) as week, max(as_of) as newest, toUInt32(count()) as n,
      arrayMap(k -> countEqual(groupArray(toUInt8(ceil(value / 20))) as fifths, k), [1, 2, 3, 4, 5]) as counts,
      sumWithOverflow(cityHash64(student_id, 1)) as members
    from placed group by unit_type, unit_id
  ),
  shares as (
    select *, arrayJoin([1, 2, 3, 4, 5]) as fifth, counts[fifth] / n as share, n >= 2 as shown,
      z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n) as half,
      (share + z * z / (2 * n)) / (1 + z * z / n) as centre
    from counted
  )
select 'growth_fifth_share' as indicator, toUInt16(1) as version, unit_type, unit_id, concat('fifth=', toString(fifth), ',', {slice:String}) as slice,
  {window:String} as period, week, newest as as_of, if(shown, share, null) as value, if(shown, sqrt(share * (1 - share) / n), null) as se,
  if(shown, centre - half, null) as lo95, if(shown, centre + half, null) as hi95, n, toFloat64(n) as n_eff,
  if(shown, 'ok', 'insufficient') as status, if(shown, '', 'one student') as reason, n as enrolled, {computed:UInt64} as computed,
  toUInt8(0) as deleted, members
from shares
order by unit_type, week, unit_id, slice
