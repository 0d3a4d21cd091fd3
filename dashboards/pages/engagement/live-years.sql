-- live_years: live figures of whole school years by grade, of one unit
-- Grain    one row per indicator, grade and school year
-- Inputs   unit_type:String, unit_id:String
-- Columns  as in published-years.sql
-- Source   indicators B1, B2, B6, B7; for readers of that unit's tier only; differs: none
select indicator, substring(slice, 7) as grade, period, value, lo95, hi95, n, status, reason
from indicators final
where unit_type = {unit_type:String} and unit_id = {unit_id:String} and startsWith(indicator, 'year_') and startsWith(slice, 'grade=')
order by indicator, period, grade
