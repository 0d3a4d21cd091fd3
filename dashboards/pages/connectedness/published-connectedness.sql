-- published_connectedness: published connectedness figures of one unit at the end of one week
-- Grain    one row per indicator and slice
-- Inputs   snapshot:UInt64, unit_type:String, unit_id:String (empty: any, of the district there is one), week:Date (a Monday)
-- Columns  as in live-connectedness.sql; n null where suppressed
-- Source   indicators C2 to C6, E; differs: none
select toString(indicator) as indicator, toString(slice) as slice, value, lo95, hi95, toInt32(n) as n, toString(status) as status,
  toString(reason) as reason
from published
where snapshot = {snapshot:UInt64} and unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String}) and week = {week:Date}
  and (startsWith(indicator, 'adult_contact') or indicator in ('contact_logging', 'adviser_load', 'band_assortativity'))
