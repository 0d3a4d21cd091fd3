-- windows_reached: windows whose growth may follow from scores of the given ones
-- Grain    one row per window
-- Inputs   test:String, subject:String (as in window_scores), windows:Array(String), all:Bool (every window)
-- Columns  window
-- Source   A1: a score is itself, and a prior of the windows a year and two years later (430 days each at most)
with
  windows as (
    select window, min(window_begin) as begin from (
      select window, window_begin from window_scores final where test = {test:String} and subject = {subject:String}
    ) group by window
  ),
  (select min(begin) from windows where has({windows:Array(String)}, window)) as first
select window from (
  select toString(window) as window from windows
  where {all:Bool} or begin between first and first + 2 * 430
  -- a window whose last score was taken back is in no list any more
  union distinct
  select arrayJoin({windows:Array(String)})
)
order by window
