-- terms: the terms of every school year that flags and outcomes go by
-- Grain    one row per term, ascending
-- Inputs   none
-- Columns  term id · begin_day, end_day the day after the last · window of class marks that are this term's; '' where a session says it,
--          whose title is the window then
-- Source   indicators B9; differs: none. Sessions of the roster that are shorter than 200 days, of the kind of which there are most; without
--          two of them the grading periods of class marks, each up to the day on which most of its marks are dated
with
  short as (
    select toString(kind) as kind, session_id, title, begin_day, end_day from sessions final
    where kind in ('term', 'semester', 'trimester', 'quarter', 'gradingPeriod') and end_day - begin_day between 20 and 200
  ),
  (select argMax(kind, (n, kind)) from (select kind, count() as n from short group by kind having n >= 2)) as chosen,
  (select count() from short where kind = chosen) as n_sessions,
  windows as (
    select toString(g.window) as window, topKWeighted(1)(g.day, 1)[1] as last_day
    from current_scores as g
    where g.kind = 'grade' and g.window != '' and g.counts
    group by g.window having count() >= 10
  ),
  ends as (select window, last_day, lagInFrame(last_day, 1, toDate(0)) over (order by last_day, window) as before from windows)
select session_id as term, begin_day, end_day, title as window from short where kind = chosen
union all
-- the first grading period of a year begins in August, or half a year before its end
select window as term, greatest(before + 1, last_day - 140) as begin_day, last_day + 1 as end_day, window from ends
where n_sessions < 2 and last_day > before
order by begin_day, term
