-- live_unit_weeks: every live figure of one unit, without slices
-- Grain    one row per indicator and week
-- Inputs   unit_type:String, unit_id:String
-- Columns  as in published-figures.sql, and as_of_ms: storedAt of the newest record behind it, milliseconds since 1970
-- Source   section 0; for readers of that unit's tier only; differs: none
select indicator, unit_type, unit_id, week, value, lo95, hi95, n, enrolled, status, reason,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of_ms
from indicators final
where unit_type = {unit_type:String} and unit_id = {unit_id:String} and slice = ''
order by indicator, week
