-- windows: windows of surveys, as instruments say now and as they were computed
-- Grain    one row per survey and window that is declared or was computed
-- Inputs   none
-- Columns  instrument · window · informant · begin, end half-open, empty: not declared any more · week Monday of its last day · was_begin,
--          was_end as computed, empty: not computed
-- Source   schemas/survey.ts; versions of one survey that name a window differently: from the first day to the last
with declared as (
    select instrument, name as window, any(informant) as informant, min(first_day) as begin_day, max(day_after) as end_day
    from survey_instruments final array join window.id as name, window.begin_day as first_day, window.end_day as day_after
    group by instrument, name
  ),
  known as (select instrument, window, informant, begin_day, end_day, true as known from climate_windows final),
  names as (select instrument, window from declared union distinct select instrument, window from known)
select n.instrument as instrument, n.window as window, if(d.informant != '', d.informant, k.informant) as informant,
  if(d.informant = '', '', toString(d.begin_day)) as begin, if(d.informant = '', '', toString(d.end_day)) as end,
  toString(toMonday(if(d.informant = '', k.end_day, d.end_day) - 1)) as week,
  if(k.known, toString(k.begin_day), '') as was_begin, if(k.known, toString(k.end_day), '') as was_end
from names as n
left any join declared as d on d.instrument = n.instrument and d.window = n.window
left any join known as k on k.instrument = n.instrument and k.window = n.window
order by instrument, window
