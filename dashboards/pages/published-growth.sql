-- published_growth: published growth figures of one unit, up to each test window
-- Grain    one row per indicator, slice and window
-- Inputs   snapshot:UInt64, unit_type:String, unit_id:String (empty: any, of the district there is one)
-- Columns  indicator · slice subject=…,test=…, with band= or grade= before it · period name of the window · week Monday of its first
--          day · value, lo95, hi95 in the indicator's unit, null unless status is ok · n students behind it · status · reason
-- Source   indicators A2, A4, A7, E; differs: none
select indicator, slice, period, week, value, lo95, hi95, n, status, reason
from published
where snapshot = {snapshot:UInt64} and unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String})
  and position(slice, 'subject=') > 0
order by week, period, slice, indicator
