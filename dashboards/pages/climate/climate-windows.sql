-- climate_windows: when surveys are asked, as their instruments say
-- Grain    one row per survey and window
-- Inputs   none
-- Columns  instrument · informant · title JSON by language · window · begin, end half-open
-- Source   schemas/survey.ts; versions that name a window differently: from the first day to the last
select instrument, any(informant) as informant, argMax(title, ver) as title, name as window, toString(min(first_day)) as begin,
  toString(max(day_after)) as end
from survey_instruments final
array join window.id as name, window.begin_day as first_day, window.end_day as day_after
group by instrument, name
order by end, window, instrument
