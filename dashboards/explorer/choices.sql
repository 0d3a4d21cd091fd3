-- choices: what is published of one indicator: of which groups of students, measured by what, in which weeks
-- Grain    one row per slice
-- Inputs   snapshot:UInt64, indicator:String
-- Columns  slice as published · known weeks (Mondays, ascending) in which the district or a school has a figure · weeks those with any row
-- Source   indicators E4: the fixed list of cells; differs: none
select toString(slice) as slice,
  arraySort(groupUniqArrayIf(week, status = 'ok')) as known,
  arraySort(groupUniqArray(week)) as weeks
from published
where snapshot = {snapshot:UInt64} and unit_type in ('school', 'district') and indicator = {indicator:String}
group by slice
order by slice
