-- climate_received: responses that have come so far in windows of which nothing is published yet
-- Grain    one row per voice and window
-- Inputs   instruments, windows: Array(String), pairs in this order · school:String (empty: the district)
-- Columns  informant · window · received responses, one of a person, of the voice's survey with most of them
-- Source   indicators D4; a response belongs where it says, else where the respondent (a family's student) is enrolled on its day. Differs from
--          the figures: merged people are not followed, and a response without any answer is one
with
  -- include climate-placed.sql
select informant, window, toUInt32(max(responses)) as received
from (
  select informant, toString(window) as window, instrument, count() as responses
  from placed where {school:String} = '' or place = {school:String}
  group by informant, window, instrument
)
group by informant, window
order by window, informant
