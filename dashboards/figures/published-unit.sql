-- published_unit: published figures of one unit, as IndicatorRow
-- Grain    one row per week
-- Inputs   snapshot:UInt64, indicator:String, unit_type:String, unit_id:String, week:String   (Monday; '' = all)
-- Columns  schemas/indicator.ts
-- Source   indicators E; differs: none
select indicator, version, unit_type, unit_id, slice, period, week,
  concat(substring(formatDateTime(as_of, '%FT%T.%f', 'UTC'), 1, 23), 'Z') as as_of,
  value, se, lo95, hi95, n, n_eff, status, reason
from published
where snapshot = {snapshot:UInt64} and indicator = {indicator:String} and unit_type = {unit_type:String}
  and unit_id = {unit_id:String} and slice = '' and ({week:String} = '' or week = toDateOrZero({week:String}))
order by week
