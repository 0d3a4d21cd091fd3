-- draft: the live figures of the fixed list of cells, as one publication finds them
-- Grain    one row per series, unit, group of students and week
-- Inputs   snapshot:UInt64 · weeks:Array(Date) (Mondays) · until:Date · units, dimensions: Array(String), the fixed list of cells
-- Columns  as in the table publishing
-- Source   indicators E4; differs: none. Figures of a test window are published when its scores have mostly come: from 60 days after
--          it began, when its fit is frozen. Those of a survey: from two weeks after the Monday of its last day, when late answers have come.
with
  60 as test_days,
  14 as survey_days,
  named as (
    select *,
      -- include series.sql
    from indicators final
    where week in {weeks:Array(Date)} and unit_type in {units:Array(String)}
  )
select {snapshot:UInt64} as snapshot, series as indicator, version, unit_type, unit_id, cell_slice as slice, period, week, as_of, value, se,
  lo95, hi95, n, n_eff, status, reason, enrolled, members
from named
where (cell_slice = '' or (position(cell_slice, ',') = 0 and splitByChar('=', cell_slice)[1] in {dimensions:Array(String)}))
  and (measured_by = '' or (week + if(startsWith(measured_by, 'informant='), survey_days, test_days) <= {until:Date} and (members != 0 or n = 0)))
