-- growth_aggregates: growth percentiles of every class, advisory, school and the district in one window
-- Grain    one row per indicator, unit and slice
-- Inputs   test:String, subject:String, window:String (as in student_growth) · slice:String of test
--          and subject · district:String · computed:UInt64
-- Columns  as in the table indicators; slice = subject=…,test=…, with band=1..4 or grade=… before it
-- Source   indicators A2 (mean, median, SE of both), A7 (bands, share of high growth with Wilson's interval), section 0;
--          differs: the interval of the mean is that of section 0 (Student's t). A school's students are those who spent half
--          of the school days between the tests there; a class's those who are enrolled in it on the day of the test.
with
  -- include ../statistics/student-t.sql
  1.253 as median_factor, 65 as high_from,
  'growth_percentile' as measured,
  -- include ./growth-units.sql
  sliced as (
    select *, arrayJoin(arrayFilter(s -> s != 'none', [
        '', if(band > 0, concat('band=', toString(band), ','), 'none'), if(grade != '', concat('grade=', grade, ','), 'none')
      ])) as group_slice
    from placed
  ),
  -- percentiles are whole numbers: their sums are exact, in any order
  sums as (
    select unit_type, unit_id, concat(group_slice, {slice:String}) as slice, toMonday(any(window_begin)) as week,
      max(as_of) as newest, toUInt32(count()) as tested, toUInt32(countIf(status = 'ok')) as n,
      sumIf(value, status = 'ok') as total, sumIf(value * value, status = 'ok') as squares,
      quantileExactInclusiveIf(0.5)(assumeNotNull(value), status = 'ok') as median,
      countIf(status = 'ok' and value > high_from) as high,
      sumWithOverflowIf(cityHash64(student_id, 1), status = 'ok') as members
    from sliced group by unit_type, unit_id, group_slice
  ),
  means as (
    select *, total / n as mean, sqrt(greatest(0, squares - total * total / n) / (n - 1) / n) as se_mean, t_975(n - 1) as t,
      high / n as share, z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n) as half,
      (share + z * z / (2 * n)) / (1 + z * z / n) as centre
    from sums
  ),
  fresh as (
    select tupleElement(row, 1) as indicator, unit_type, unit_id, slice, week, newest, n, tested, members,
      n >= 2 and (squares * n > total * total or indicator = 'high_growth_share') as shown, tupleElement(row, 2) as value, tupleElement(row, 3) as se, tupleElement(row, 4) as lo, tupleElement(row, 5) as hi
    from means
    array join [
      ('growth_percentile', mean, se_mean, greatest(1, mean - t * se_mean), least(99, mean + t * se_mean)),
      ('growth_percentile_median', median, median_factor * se_mean, greatest(1, median - 1.96 * median_factor * se_mean), least(99, median + 1.96 * median_factor * se_mean)),
      ('high_growth_share', share, sqrt(share * (1 - share) / n), centre - half, centre + half)
    ] as row
  )
select indicator, toUInt16(1) as version, unit_type, unit_id, slice, {window:String} as period, week, newest as as_of,
  if(shown, value, null) as value, if(shown, se, null) as se, if(shown, lo, null) as lo95, if(shown, hi, null) as hi95,
  n, toFloat64(n) as n_eff, if(shown, 'ok', 'insufficient') as status,
  multiIf(shown, '', n = 1, 'one student', n = 0, 'nobody has a growth percentile', 'all growth percentiles are equal') as reason,
  tested as enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from fresh
order by unit_type, indicator, week, unit_id, slice
