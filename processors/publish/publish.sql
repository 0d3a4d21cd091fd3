-- publish: the live aggregates as they may leave the tier that sees live numbers
-- Grain    one row per indicator, unit, slice and week of the fixed list of cells (slice '' only)
-- Inputs   snapshot:UInt64
-- Columns  as in the table published
-- Source   indicators 0 (minimum n) and E1; A2 for the shrinkage. Complementary suppression, percentage coding and
--          differencing have their place here.
with
  cells as (select * from indicators final where slice = '' and unit_type in ('class', 'advisory', 'school', 'district')),
  -- empirical Bayes: variance of the true means = variance of the observed ones less their mean sampling variance
  weighed as (
    select *,
      n between 1 and 9 or enrolled between 1 and 9 as hidden,
      status = 'ok' and n between 10 and 19 and unit_type != 'district' as small,
      anyIf(value, unit_type = 'district') over (partition by indicator, week) as middle,
      varSampIf(value, status = 'ok' and n >= 10) over (partition by unit_type, indicator, week)
        - avgIf(se * se, status = 'ok' and n >= 10) over (partition by unit_type, indicator, week) as tau2,
      -- no measurable spread: every small unit shows the district's value
      if(tau2 > 0 and isFinite(tau2), tau2 / (tau2 + se * se), 0) as keep
    from cells
  ),
  shown as (
    select *,
      multiIf(hidden, null, small, ifNull(middle, value) + keep * (value - ifNull(middle, value)), value) as shown_value,
      multiIf(hidden, null, small, sqrt(if(keep > 0, keep, 1)) * se, se) as shown_se
    from weighed
  )
select
  {snapshot:UInt64} as snapshot, indicator, version, unit_type, unit_id, slice, period, week, as_of,
  shown_value as value, shown_se as se,
  multiIf(hidden, null, small, greatest(0, shown_value - 1.959963984540054 * shown_se), lo95) as lo95,
  multiIf(hidden, null, small, shown_value + 1.959963984540054 * shown_se, hi95) as hi95,
  if(hidden, null, n) as n, if(hidden, null, n_eff) as n_eff,
  if(hidden, 'suppressed', status) as status,
  multiIf(hidden, 'fewer than 10 students', small, '10 to 19 students: drawn towards the district', reason) as reason,
  if(hidden or enrolled < 10, null, enrolled) as enrolled
from shown
order by unit_type, indicator, week, unit_id
