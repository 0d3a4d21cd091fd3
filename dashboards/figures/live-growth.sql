-- live_growth: live growth figures of one unit, up to each test window
-- Grain    one row per indicator, slice and window
-- Inputs   unit_type:String, unit_id:String
-- Columns  indicator · slice subject=…,test=…, with band= or grade= before it · period name of the window · week Monday of its first
--          day · value, lo95, hi95 in the indicator's unit, null unless status is ok · n students behind it · status · reason · typical the
--          district's published value of the same, null: none
-- Source   indicators A2, A4, A7; for readers of that unit's tier only; differs: none
with
  (select max(snapshot) from snapshots final where complete) as newest,
  district as (
    select indicator, slice, period, value as typical from published
    where snapshot = newest and unit_type = 'district' and position(slice, 'subject=') > 0
  )
select own.indicator as indicator, own.slice as slice, own.period as period, week, value, lo95, hi95, n, status, reason, typical
from (
  select * from indicators final
  where unit_type = {unit_type:String} and unit_id = {unit_id:String} and position(slice, 'subject=') > 0
) as own
left any join district on district.indicator = own.indicator and district.slice = own.slice and district.period = own.period
order by week, period, slice, indicator
