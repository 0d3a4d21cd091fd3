-- tables: which figures of a draft have the same numbers of students behind them
-- Grain    one row per indicator and week
-- Inputs   snapshot:UInt64 · previous:UInt64 the latest complete one, 0 if there is none · weeks:Array(Date)
-- Columns  indicator · week · counted hash of the students behind each cell · enrolled hash of the students enrolled in each ·
--          earlier_table, earlier_enrolled those of the snapshot before, empty if it had none · before cells that it did not show
-- Source   indicators E2: tables that are alike are audited once
with
  earlier as (
    select t.indicator as indicator, t.week as week, any(t.table_id) as table_id, any(t.enrolled_id) as enrolled_id,
      groupUniqArrayIf(concat(h.unit_type, '|', h.unit_id, '|', h.slice), h.table_id != '') as before
    from published_tables as t
    left join (select * from published_hidden where snapshot = {previous:UInt64}) as h on h.table_id = t.table_id
    where t.snapshot = {previous:UInt64} and t.week in {weeks:Array(Date)}
    group by t.indicator, t.week
  ),
  tables as (
    select indicator, week,
      hex(sipHash128(arraySort(groupArray((unit_type, unit_id, slice, n, enrolled between 1 and 9))))) as counted_hash,
      hex(sipHash128(arraySort(groupArray((unit_type, unit_id, slice, enrolled))))) as enrolled_hash
    from publishing
    where snapshot = {snapshot:UInt64} and week in {weeks:Array(Date)}
    group by indicator, week
  )
select t.indicator as indicator, t.week as week, t.counted_hash as counted, t.enrolled_hash as enrolled,
  e.table_id as earlier_table, e.enrolled_id as earlier_enrolled, arraySort(e.before) as before
from tables as t
left join earlier as e on e.indicator = t.indicator and e.week = t.week
order by week, indicator
