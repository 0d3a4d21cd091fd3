-- live_school: every live figure of one school, without slices
-- Grain    one row per indicator and week
-- Inputs   school:String
-- Columns  as in published-figures.sql, and as_of_ms: storedAt of the newest record behind it, milliseconds since 1970
-- Source   section 0; for readers of that school's tier only; differs: none
select indicator, unit_type, unit_id, week, value, lo95, hi95, n, enrolled, status, reason,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of_ms
from indicators final
where unit_type = 'school' and unit_id = {school:String} and slice = ''
order by indicator, week
