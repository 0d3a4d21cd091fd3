-- cells: students of the tables named, as they are audited
-- Grain    one row per indicator, week, unit and slice
-- Inputs   snapshot:UInt64 · tables:Array(String) `indicator|week`
-- Columns  table · unit_type · unit_id · slice · n students behind the figure · enrolled
-- Source   indicators E2; the order (schools before the district, all before slices) settles ties
select concat(indicator, '|', toString(week)) as table, unit_type, unit_id, slice, n, enrolled
from publishing
where snapshot = {snapshot:UInt64} and concat(indicator, '|', toString(week)) in {tables:Array(String)}
order by table, unit_type = 'district', unit_type, unit_id, slice
