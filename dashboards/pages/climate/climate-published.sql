-- climate_published: what is published of surveys about one unit, or about every unit of its type
-- Grain    one row per indicator, unit, grade, voice, survey, window and subject
-- Inputs   snapshot:UInt64 · unit_type, unit_id: String (unit_id empty: every unit of that type) · window:String (empty: any) ·
--          subject:String (`*`: any; else response and that subject)
-- Columns  indicator · unit_id · grade empty: all · informant · instrument · subject empty, `scale=…`, `item=…` · window · week Monday of its
--          last day · value, se, lo95, hi95 in the indicator's unit · n who answered, enrolled who could have, null where hidden · status · reason
-- Source   indicators D, E; differs: none
select toString(indicator) as indicator, unit_id, extract(toString(slice), '^grade=([^,]*),') as grade,
  extract(toString(slice), 'informant=([^,]*)') as informant, extract(toString(slice), 'instrument=([^,]*)') as instrument,
  extract(toString(slice), ',((?:scale|item)=.*)$') as subject, toString(period) as window, week, value, se, lo95, hi95,
  n, enrolled, toString(status) as status, toString(reason) as reason
from published
where snapshot = {snapshot:UInt64} and indicator in ('survey_response', 'climate_score', 'item_score', 'item_favourable')
  and unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String})
  and position(slice, 'informant=') > 0 and ({window:String} = '' or period = {window:String})
  and ({subject:String} = '*' or extract(toString(slice), ',((?:scale|item)=.*)$') in ('', {subject:String}))
order by week, window, instrument, indicator, subject, grade, unit_id
