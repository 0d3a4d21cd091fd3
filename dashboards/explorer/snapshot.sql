-- snapshot: one complete snapshot by its number
-- Grain    one row, or none if it does not exist or is not complete
-- Inputs   snapshot:UInt64
-- Columns  as in figures/latest-snapshot.sql
-- Source   indicators E4; differs: none
select
  toString(snapshot) as snapshot,
  toFloat64(toUnixTimestamp64Milli(published_at)) as published_ms,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of_ms,
  toUInt32(cells) as cells,
  toUInt32(suppressed) as suppressed
from snapshots final
where complete and snapshots.snapshot = {snapshot:UInt64}
