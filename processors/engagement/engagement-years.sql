-- engagement_years: engagement by grade over a whole school year, for the curve toward grade 12
-- Grain    one row per indicator, unit (school, district) and slice (all, grade=…); deleted = 1 for a unit that has nobody left
-- Inputs   year:UInt16 (in which the school year ends) · district:String · computed:UInt64
-- Columns  as in the table indicators; period 2025-2026, week the Monday of 1 August. Grade is that of the school year: grade g of
--          the year that ends in y is the cohort that graduates in y + 12 - g, whose curve is a diagonal of this table.
-- Source   indicators 0, B1, B2, B6, B7. A student's value is the mean of the weeks in which it is known, if those are four or
--          more; the school is the one attended in most weeks of the year, the lowest id of two.
with
  -- include ../statistics/student-t.sql
  4 as least_weeks,
  ['year_active_days', 'year_effort_minutes', 'year_choice_share', 'year_engagement_index'] as names,
  [0., 0., 0., 20.] as lowest, [1., 10080., 1., 80.] as highest,
  toMonday(makeDate({year:UInt16} - 1, 8, 1)) as year_week,
  rows as (
    select e.student_id as student_id, toString(e.school_id) as school, e.grade as grade, e.newest as newest,
      [toNullable(e.active_share), e.effort_minutes, e.choice_share, i.engagement_index] as amounts
    from (select * from student_engagement final where toYear(week + interval 5 month) = {year:UInt16}) as e
    left any join (select week, student_id, engagement_index from student_engagement_index where toYear(week + interval 5 month) = {year:UInt16}) as i
      on i.week = e.week and i.student_id = e.student_id
  ),
  -- sums of whole 1e-9: no order changes a bit
  years as (
    select student_id, argMax(grade, weeks) as grade, argMin(school, (-toInt64(weeks), school)) as school, max(newest) as newest,
      sumForEach(totals) as totals, sumForEach(known) as known
    from (
      select student_id, school, grade, count() as weeks, max(newest) as newest,
        sumForEach(arrayMap(a -> toInt64(round(ifNull(a, 0) * 1e9)), amounts)) as totals,
        sumForEach(arrayMap(a -> toUInt32(a is not null), amounts)) as known
      from rows group by student_id, school, grade
    )
    group by student_id
  ),
  measured as (
    select x.1 as indicator, unit.1 as unit_type, unit.2 as unit_id, slice,
      arraySort(groupArrayIf(x.3, x.2)) as amounts, toUInt32(count()) as enrolled, max(newest) as newest,
      sumWithOverflowIf(cityHash64(student_id, 1.), x.2) as members
    from years
    array join [('district', {district:String}), ('school', school)] as unit
    array join ['', concat('grade=', grade)] as slice
    array join arrayMap((name, total, n) -> (name, n >= least_weeks, total / greatest(n, 1) / 1e9), names, totals, known) as x
    group by indicator, unit_type, unit_id, slice
  ),
  means as (
    select *, toUInt32(length(amounts)) as n, n >= 2 as shown, arraySum(amounts) / n as mean,
      sqrt(arraySum(a -> (a - mean) * (a - mean), amounts) / (n - 1) / n) as se_mean, t_975(n - 1) as t
    from measured
  ),
  fresh as (
    select indicator, unit_type, unit_id, slice, newest, if(shown, mean, null) as value, if(shown, se_mean, null) as se,
      if(shown, greatest(transform(indicator, names, lowest, 0.), mean - t * se_mean), null) as lo95,
      if(shown, least(transform(indicator, names, highest, 0.), mean + t * se_mean), null) as hi95,
      n, toFloat64(n) as n_eff, if(shown, 'ok', 'insufficient') as status, multiIf(shown, '', n = 1, 'one student', 'of nobody four weeks are known') as reason, enrolled, members, 0 as gone
    from means
    union all
    select indicator, unit_type, unit_id, slice, toDateTime64(0, 3, 'UTC'), null, null, null, null, 0, 0, 'not_applicable', '', 0, 0, 1
    from indicators final where week = year_week and indicator in names
  )
select indicator, toUInt16(1) as version, unit_type, unit_id, slice, concat(toString({year:UInt16} - 1), '-', toString({year:UInt16})) as period,
  year_week as week, argMin(newest, gone) as as_of,
  argMin(tuple(value), gone).1 as value, argMin(tuple(se), gone).1 as se, argMin(tuple(lo95), gone).1 as lo95, argMin(tuple(hi95), gone).1 as hi95,
  toUInt32(argMin(n, gone)) as n, argMin(n_eff, gone) as n_eff, argMin(status, gone) as status, argMin(reason, gone) as reason,
  toUInt32(argMin(enrolled, gone)) as enrolled, {computed:UInt64} as computed, toUInt8(min(gone)) as deleted, argMin(members, gone) as members
from fresh
group by indicator, unit_type, unit_id, slice
order by unit_type, indicator, unit_id, slice
