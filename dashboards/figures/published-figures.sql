-- published_figures: every published figure of the district and its schools in a school year, without slices
-- Grain    one row per indicator, unit and week
-- Inputs   snapshot:UInt64, from:Date, to:Date   (Mondays, [from, to))
-- Columns  indicator · unit_type district or school · unit_id · week Monday · value, lo95, hi95 in the indicator's unit, null
--          unless status is ok · n students behind it and enrolled students, null where suppressed · status · reason
-- Source   indicators E; differs: none
select indicator, unit_type, unit_id, week, value, lo95, hi95, n, enrolled, status, reason
from published
where snapshot = {snapshot:UInt64} and unit_type in ('district', 'school')
  and week >= {from:Date} and week < {to:Date} and slice = ''
order by unit_type, indicator, week, unit_id
