-- snapshot: the published snapshot that readers see, or one that they ask for
-- Grain    one row; none before the first complete snapshot, or if the one asked for does not exist or is not complete
-- Inputs   snapshot:UInt64 its number; 0: the newest
-- Columns  snapshot its number, as text · published_ms, as_of_ms milliseconds since 1970 · cells rows · suppressed rows of it
-- Source   indicators E4: only frozen, complete snapshots; differs: none
select
  toString(snapshot) as snapshot,
  toFloat64(toUnixTimestamp64Milli(published_at)) as published_ms,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of_ms,
  toUInt32(cells) as cells,
  toUInt32(suppressed) as suppressed
from snapshots final
where complete and {snapshot:UInt64} in (0, snapshots.snapshot)
order by snapshots.snapshot desc
limit 1
