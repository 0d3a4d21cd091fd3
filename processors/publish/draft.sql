-- draft: the live figures of the fixed list of cells, as one publication finds them
-- Grain    one row per indicator, unit, slice and week
-- Inputs   snapshot:UInt64 · weeks:Array(Date) (Mondays) · units, dimensions: Array(String), the fixed list of cells
-- Columns  as in the table publishing
-- Source   indicators E4; differs: none
select {snapshot:UInt64} as snapshot, indicator, version, unit_type, unit_id, slice, period, week, as_of, value, se, lo95, hi95, n, n_eff,
  status, reason, enrolled, members
from indicators final
where week in {weeks:Array(Date)} and unit_type in {units:Array(String)}
  and (slice = '' or (position(slice, ',') = 0 and splitByChar('=', slice)[1] in {dimensions:Array(String)}))
