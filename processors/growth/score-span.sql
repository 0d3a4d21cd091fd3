-- score_span: over which days the scores of one test and subject lie, and which window is the last
-- Grain    one row; none without scores
-- Inputs   test:String, subject:String (as in window_scores)
-- Columns  from first day of anybody's score · to day after the last · window that began last · week Monday of its first day
-- Source   indicators A3 (time 0 is the first day); differs: none
select toString(min(day)) as from, toString(max(day) + 1) as to,
  toString(argMax(window, (window_begin, window))) as window, toString(toMonday(max(window_begin))) as week
from window_scores final
where test = {test:String} and subject = {subject:String}
having count() > 0
