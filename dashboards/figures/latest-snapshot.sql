-- latest_snapshot: which published snapshot do readers see?
-- Grain    one row, or none before the first complete snapshot
-- Inputs   none
-- Columns  snapshot its number, as text · published_ms, as_of_ms milliseconds since 1970 · cells rows · suppressed rows of it
-- Source   indicators E4: only frozen, complete snapshots; differs: none
select
  toString(snapshot) as snapshot,
  toFloat64(toUnixTimestamp64Milli(published_at)) as published_ms,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of_ms,
  toUInt32(cells) as cells,
  toUInt32(suppressed) as suppressed
from snapshots final
where complete
order by snapshots.snapshot desc
limit 1
