-- published_years: published figures of whole school years by grade, of one unit
-- Grain    one row per indicator, grade and school year
-- Inputs   snapshot:UInt64, unit_type:String, unit_id:String (empty: any, of the district there is one)
-- Columns  indicator · grade · period school year, 2025-2026 · value, lo95, hi95 in the indicator's unit, null unless status is ok · n students
--          behind it · status · reason
-- Source   indicators B1, B2, B6, B7, E; differs: none
select indicator, substring(slice, 7) as grade, period, value, lo95, hi95, n, status, reason
from published
where snapshot = {snapshot:UInt64} and unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String})
  and startsWith(indicator, 'year_') and startsWith(slice, 'grade=')
order by indicator, period, grade
