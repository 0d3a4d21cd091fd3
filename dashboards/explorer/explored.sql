-- explored: the published figures of one indicator for up to four units or groups of their students
-- Grain    one row per line, unit_id and period
-- Inputs   snapshot:UInt64, indicator:String, from:Date, to:Date   (Mondays, [from, to)) ·
--          unit_types, unit_ids, slices, names: Array(String), one element a line; the unit_id of the district is empty
-- Columns  line 1..4, in the order of the arrays · name of the line · indicator · version of its definition · unit_type · unit_id ·
--          slice `key=value` pairs, empty: all · period (for weekly figures the ISO week) · week Monday · value, lo95, hi95 (ends of the
--          95 % interval), se in the unit of the indicator, null unless status is ok · n students behind it and enrolled students, null
--          where suppressed · status · reason why not ok, or what to know · as_of cut-off on storedAt, UTC · snapshot
-- Source   indicators E: frozen, suppressed figures only; differs: none
with arrayZip({unit_types:Array(String)}, {unit_ids:Array(String)}, {slices:Array(String)}) as cells
select
  toUInt8(indexOf(cells, (toString(unit_type), if(unit_type = 'district', '', unit_id), toString(slice)))) as line,
  {names:Array(String)}[line] as name,
  toString(indicator) as indicator, version, toString(unit_type) as unit_type, unit_id, toString(slice) as slice,
  toString(period) as period, week, value, lo95, hi95, se, n, enrolled,
  toString(status) as status, toString(reason) as reason, as_of, snapshot
from published
where snapshot = {snapshot:UInt64} and published.indicator = {indicator:String}
  and published.unit_type in {unit_types:Array(String)} and published.slice in {slices:Array(String)}
  and week >= {from:Date} and week < {to:Date} and line > 0
order by line, week, period
