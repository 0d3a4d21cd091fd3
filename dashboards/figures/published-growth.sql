-- published_growth: published growth figures of one unit, up to each test window
-- Grain    one row per indicator, slice and window
-- Inputs   snapshot:UInt64, unit_type:String, unit_id:String (empty: any, of the district there is one)
-- Columns  as in live-growth.sql
-- Source   indicators A2, A4, A7, E; differs: none
with
  of_snapshot as (select * from published where snapshot = {snapshot:UInt64} and position(slice, 'subject=') > 0),
  district as (select indicator, slice, period, value as typical from of_snapshot where unit_type = 'district')
select own.indicator as indicator, own.slice as slice, own.period as period, week, value, lo95, hi95, n, status, reason, typical
from (
  select * from of_snapshot where unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String})
) as own
left any join district on district.indicator = own.indicator and district.slice = own.slice and district.period = own.period
order by week, period, slice, indicator
