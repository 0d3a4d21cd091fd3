-- publish: a draft's figures as they may leave the tier that sees live numbers
-- Grain    one row per indicator, unit, slice and week whose table is released
-- Inputs   snapshot:UInt64 whose audits say what is hidden · draft:UInt64 (the same; another number where a snapshot is made again to be
--          compared) · weeks:Array(Date) (Mondays) · shares:Array(String) indicators that are shares of 0..1 ·
--          signed:Array(String) indicators that may be negative
-- Columns  as in the table published
-- Source   indicators 0 (minimum n), E1, E2 (published_hidden says what is not shown), E3; A2 for the shrinkage.
--          Differs: E3's rounding and brackets also for means of students' shares (active days), not only shares of students.
with
  cells as (
    select d.*,
      (t.table_id, d.unit_type, d.unit_id, d.slice) in (select table_id, unit_type, unit_id, slice from published_hidden where snapshot = {snapshot:UInt64})
        or d.enrolled between 1 and 9 as hidden,
      (t.enrolled_id, d.unit_type, d.unit_id, d.slice) in (select table_id, unit_type, unit_id, slice from published_hidden where snapshot = {snapshot:UInt64})
        or d.enrolled < 10 as enrolled_hidden
    from publishing as d
    inner join (
      select * from published_tables where snapshot = {snapshot:UInt64} and week in {weeks:Array(Date)} and decision != 'kept'
    ) as t on t.indicator = d.indicator and t.week = d.week
    where d.snapshot = {draft:UInt64} and d.week in {weeks:Array(Date)}
  ),
  -- empirical Bayes: variance of the true means = variance of the observed ones less their mean sampling variance
  weighed as (
    select *,
      status = 'ok' and n between 10 and 19 and unit_type != 'district' as small,
      -- what is hidden of the district must not come out as the value towards which others are drawn
      anyIf(value, unit_type = 'district' and not hidden) over (partition by indicator, week, slice) as middle,
      varSampIf(value, status = 'ok' and n >= 10 and not hidden) over (partition by unit_type, slice, indicator, week)
        - avgIf(se * se, status = 'ok' and n >= 10 and not hidden) over (partition by unit_type, slice, indicator, week) as tau2,
      -- no measurable spread: every small unit shows the district's value
      if(tau2 > 0 and isFinite(tau2), tau2 / (tau2 + se * se), 0) as keep
    from cells
  ),
  drawn as (
    select *, hidden or (small and middle is null) as withheld, splitByChar('|', toString(indicator))[1] in {shares:Array(String)} as share,
      if(small, middle + keep * (value - middle), value) as drawn_value,
      if(small, sqrt(if(keep > 0, keep, 1)) * se, se) as drawn_se,
      if(small, greatest(if(splitByChar('|', toString(indicator))[1] in {signed:Array(String)}, -inf, 0),
        drawn_value - 1.959963984540054 * drawn_se), lo95) as low,
      if(small, drawn_value + 1.959963984540054 * drawn_se, hi95) as high
    from weighed
  ),
  -- whole percent, the interval rounded outwards; in the outermost ranges only the bracket
  rounded as (
    select *,
      if(share, round(drawn_value, 2), drawn_value) as shown_value,
      if(share, ceil(drawn_se, 3), drawn_se) as shown_se,
      if(share, floor(low + 1e-9, 2), low) as shown_low,
      if(share, least(1, ceil(high - 1e-9, 2)), high) as shown_high,
      multiIf(n <= 20, 20, n <= 40, 10, n <= 100, 5, n <= 300, 2, 1) as edge,
      multiIf(withheld or not share or status != 'ok', '',
        shown_value * 100 < edge + 0.5, concat('at most ', toString(edge), '%'),
        shown_value * 100 > 100 - edge - 0.5, concat('at least ', toString(100 - edge), '%'), '') as bracket,
      withheld or bracket != '' as blank
    from drawn
  )
select
  {snapshot:UInt64} as snapshot, splitByChar('|', toString(indicator))[1] as indicator, version, unit_type, unit_id,
  arrayStringConcat(arrayFilter(part -> part != '', [toString(slice), splitByChar('|', toString(rounded.indicator))[2]]), ',') as slice, period, week, as_of,
  if(blank, null, shown_value) as value, if(blank, null, shown_se) as se,
  if(blank, null, shown_low) as lo95, if(blank, null, shown_high) as hi95,
  if(blank, null, n) as n, if(blank, null, n_eff) as n_eff,
  if(blank, 'suppressed', status) as status,
  multiIf(withheld, 'it could tell of a group of fewer than 10 students', bracket != '', bracket,
    small, '10 to 19 students: drawn towards the district', reason) as reason,
  if(blank or enrolled_hidden, null, enrolled) as enrolled
from rounded
order by unit_type, rounded.indicator, week, unit_id, slice
