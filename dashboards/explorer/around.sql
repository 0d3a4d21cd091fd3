-- around: one indicator in one period, for the district and every school, whole and by every group of students
-- Grain    one row per unit and slice
-- Inputs   snapshot:UInt64, indicator:String, week:Date (a Monday) · slices:Array(String)
-- Columns  unit_type · unit_id, empty for the district · slice · value, lo95, hi95 in the unit of the indicator · n students · status · reason
-- Source   indicators E: frozen, suppressed figures only; differs: none
select toString(unit_type) as unit_type, if(published.unit_type = 'district', '', unit_id) as unit_id, toString(slice) as slice,
  value, lo95, hi95, n, toString(status) as status, toString(reason) as reason
from published
where snapshot = {snapshot:UInt64} and indicator = {indicator:String} and published.unit_type in ('school', 'district')
  and week = {week:Date} and published.slice in {slices:Array(String)}
