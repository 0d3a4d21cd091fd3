-- climate_free_text: what was written in own words at one school, in windows that have ended
-- Grain    one row per survey and question with ten texts or more
-- Inputs   school:String · instruments, windows: Array(String), pairs in this order · items:Array(String) questions in free text
-- Columns  instrument · item · texts sealed, by a hash of what is sealed: an order that says nothing of who wrote, or when
-- Source   indicators D4 (not below 10); differs: none
with
  -- include climate-placed.sql
select toString(a.instrument) as instrument, toString(a.item_id) as item, arraySort(text -> cityHash64(text), groupArray(a.sealed_text)) as texts
from (
  -- not FINAL, which reads every answer; the last stored one wins all the same
  select instrument, response_id, item_id, argMax(sealed_text, ver) as sealed_text
  from survey_answers
  where instrument in {instruments:Array(String)} and item_id in {items:Array(String)}
  group by instrument, response_id, item_id
  having argMax(state, ver) = 'answered' and sealed_text != ''
) as a
inner join (select instrument, response_id from placed where place = {school:String}) as p on p.instrument = a.instrument and p.response_id = a.response_id
group by instrument, item
having length(texts) >= 10
order by instrument, item
