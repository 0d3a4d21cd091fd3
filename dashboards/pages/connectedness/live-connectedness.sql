-- live_connectedness: live connectedness figures of one unit at the end of one week
-- Grain    one row per indicator and slice
-- Inputs   unit_type:String, unit_id:String, week:Date (a Monday)
-- Columns  indicator · slice '', grade=… or band=… · value, lo95, hi95 null unless status is ok · n students behind it · status · reason
-- Source   indicators C2 to C6; for readers of that unit's live tier only; differs: none
select toString(indicator) as indicator, toString(slice) as slice, value, lo95, hi95, toInt32(n) as n, toString(status) as status,
  toString(reason) as reason
from indicators final
where unit_type = {unit_type:String} and unit_id = {unit_id:String} and week = {week:Date}
  and (startsWith(indicator, 'adult_contact') or indicator in ('contact_logging', 'adviser_load', 'band_assortativity'))
