-- compared: figures of surveys that two can be compared by
-- Grain    one row per survey, window, scale or item, and unit that has a value
-- Inputs   instruments, windows: Array(String), pairs in this order
-- Columns  instrument · window · subject `scale=…`, `item=…` · made_of its items with the ends of their answers · unit_type · unit_id · value, se on
--          the scale of the survey · n people · limited fewer than half answered
-- Source   indicators D4; differs: none
with ends as (
    select instrument, item_id, arraySort(groupUniqArray((min, max))) as ends from survey_items where kind = 'scale' group by instrument, item_id
  ),
  figures as (
    select splitByChar('=', splitByChar(',', toString(slice))[2])[2] as instrument, period as window, splitByChar(',', toString(slice))[3] as subject,
      unit_type, unit_id, value, se, n, startsWith(reason, 'limited') as limited
    from indicators final
    where indicator in ('climate_score', 'item_score') and status = 'ok' and startsWith(slice, 'informant=')
      and (instrument, window) in arrayZip({instruments:Array(String)}, {windows:Array(String)})
  ),
  made as (
    select s.instrument as instrument, s.window as window, concat('scale=', s.scale) as subject, arraySort(groupArray((toString(s.item), e.ends))) as made_of
    from (select instrument, window, scale, arrayJoin(items) as item from climate_scales final) as s
    inner join ends as e on e.instrument = s.instrument and e.item_id = s.item
    group by instrument, window, subject
  )
select f.instrument as instrument, toString(f.window) as window, f.subject as subject, f.unit_type as unit_type, f.unit_id as unit_id,
  toFloat64(f.value) as value, toFloat64(f.se) as se, f.n as n, toBool(f.limited) as limited,
  if(startsWith(f.subject, 'scale='), toString(m.made_of), toString([(substring(f.subject, 6), e.ends)])) as made_of,
  toString(arrayDistinct(if(startsWith(f.subject, 'scale='), arrayFlatten(arrayMap(x -> x.2, m.made_of)), e.ends))) as ends
from figures as f
left any join made as m on m.instrument = f.instrument and m.window = f.window and m.subject = f.subject
left any join ends as e on e.instrument = f.instrument and e.item_id = substring(f.subject, 6)
order by instrument, window, subject, unit_type, unit_id
