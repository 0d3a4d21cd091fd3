-- around: one indicator in one period, for every school and for the groups of students of one unit
-- Grain    one row per unit and slice
-- Inputs   snapshot:UInt64, indicator:String, week:Date (a Monday) · slice:String of the schools ·
--          unit_type, unit_id:String, slices:Array(String) of the unit whose groups are wanted (unit_id empty: the district)
-- Columns  unit_type · unit_id · slice · value, lo95, hi95 in the unit of the indicator · n students · status · reason
-- Source   indicators E: frozen, suppressed figures only; differs: none
select toString(unit_type) as unit_type, if(unit_type = 'district', '', unit_id) as unit_id, toString(slice) as slice,
  value, lo95, hi95, n, toString(status) as status, toString(reason) as reason
from published
where snapshot = {snapshot:UInt64} and indicator = {indicator:String} and published.unit_type in ('school', 'district')
  and week = {week:Date}
  and ((published.unit_type = 'school' and slice = {slice:String})
    or (published.unit_type = {unit_type:String} and ({unit_id:String} = '' or published.unit_id = {unit_id:String})
      and slice in {slices:Array(String)}))
order by unit_type, unit_id, slice
