-- rebuild_difference: what a rebuild has changed in the live aggregates, by indicator and kind of unit
-- Grain    one row per indicator and kind of unit that has a cell before or after
-- Inputs   from:Date, to:Date (Mondays, both included); the table rebuild_before (the cells as they were)
-- Columns  indicator · unit_type · cells after · added, gone: cells on one side only · changed: of those on both sides, how many differ in
--          value, interval, n, status or reason · largest: absolute difference of two values, null where none differ · from_version, to_version
-- Source   decision 32; differs: none
with
  cells as (
    select 1 as is_before, indicator, version, unit_type, unit_id, slice, week, (value, se, lo95, hi95, n, status, reason) as content, value
    from rebuild_before
    union all
    select 0, indicator, version, unit_type, unit_id, slice, week, (value, se, lo95, hi95, n, status, reason), value
    from indicators final where week between {from:Date} and {to:Date}
  ),
  pairs as (
    select
      indicator, unit_type, unit_id, slice, week,
      countIf(is_before = 1) as before, countIf(is_before = 0) as after,
      toString(groupArrayIf(content, is_before = 1)) != toString(groupArrayIf(content, is_before = 0)) as differs,
      abs(anyIf(value, is_before = 1) - anyIf(value, is_before = 0)) as distance,
      maxIf(version, is_before = 1) as version_before, maxIf(version, is_before = 0) as version_after
    from cells
    group by indicator, unit_type, unit_id, slice, week
  )
select
  indicator, unit_type, toUInt32(sum(after)) as cells,
  toUInt32(countIf(before = 0)) as added, toUInt32(countIf(after = 0)) as gone,
  toUInt32(countIf(before > 0 and after > 0 and differs)) as changed,
  maxIf(distance, distance > 0) as largest,
  max(version_before) as from_version, max(version_after) as to_version
from pairs
group by indicator, unit_type
order by indicator, unit_type
