-- engagement_reference: what the engagement index of one school year is held against (B7)
-- Grain    one row per grade band and component with ten students or more; none while there is nothing to hold against
-- Inputs   year:UInt16 (in which the school year ends) · computed:UInt64
-- Columns  as in the table engagement_references
-- Source   indicators B7. Weeks of school are those in which something is known of half as many students as in the year's
--          fullest week, or more. Last year's count if it had eight of them; else the third to the eighth of the year itself, once
--          a ninth has begun. Sums are of integers (1e-9), so that no order changes a bit.
with
  8 as reference_weeks, 10 as least_students,
  counts as (
    select week, toUInt16(toYear(week + interval 5 month)) as year, countIf(active_share is not null) as known
    from student_engagement final where year between {year:UInt16} - 1 and {year:UInt16} group by week
  ),
  school_weeks as (
    select year, arraySort(groupArrayIf(week, known > 0 and 2 * known >= fullest)) as mondays
    from (select *, max(known) over (partition by year) as fullest from counts) group by year
  ),
  (select anyIf(mondays, year = {year:UInt16} - 1) from school_weeks) as last_year,
  (select anyIf(mondays, year = {year:UInt16}) from school_weeks) as this_year,
  length(last_year) >= reference_weeks as is_last,
  multiIf(is_last, last_year, length(this_year) > reference_weeks, arraySlice(this_year, 3, 6), CAST([], 'Array(Date)')) as mondays_in,
  amounts as (
    select student_id, band, component, amount
    from (
      select student_id, band,
        [('active_days', active_share * 5), ('log_minutes', log1p(effort_minutes)), ('completion', completion), ('evenness', evenness),
          ('goal_acts', toFloat64(goal_acts))] as parts
      from student_engagement final where week in mondays_in
    )
    array join parts.1 as component, parts.2 as amount
    where amount is not null
  ),
  sums as (
    select band, component, toFloat64(count()) as n, toUInt32(uniqExact(student_id)) as students,
      sum(toInt64(round(assumeNotNull(amount) * 1e9))) as total,
      sum(toInt128(round(assumeNotNull(amount) * 1e9)) * toInt128(round(assumeNotNull(amount) * 1e9))) as squares
    from amounts group by band, component having students >= least_students
  ),
  -- n * squares - total^2 in whole numbers: nothing cancels
  released as (
    select band, component, total / n / 1e9 as mean, sqrt(toFloat64(toInt128(n) * squares - toInt128(total) * toInt128(total)) / n / (n - 1)) / 1e9 as sd, students,
      toUInt32(n) as weeks
    from sums
  )
select {year:UInt16} as school_year, band, component, mean, sd, students, weeks, if(is_last, 'last year', 'provisional') as origin,
  mondays_in[1] as first_week, mondays_in[-1] as last_week,
  sumWithOverflow(cityHash64(band, component, mean, sd, students, weeks, origin, mondays_in)) over () as version,
  {computed:UInt64} as computed, toUInt8(0) as deleted
from released
order by band, component
