-- window_pairs: every score with the scores of the same student a year and two years before
-- Grain    one row per student and window of one test and subject
-- Inputs   test:String, subject:String (as in window_scores), windows:Array(String) (of the score)
-- Columns  student_id pseudonym, hexadecimal · window · window_begin · grade ('' not said: one cohort) · day of the sitting · score, csem
--          points (csem NaN: not said) · prior_1, prior_2 points a year and two years before (NaN: none) · school_id that the
--          student counts for ('' district only) · fits: stored before the cohort's cut-off · as_of
--          storedAt of the newest of the scores, cut_off of the cohort: milliseconds since 1970
-- Source   indicators A1, section 0 (movers); differs: a prior is the score of the window that began a year before (300 to
--          430 days), so that everybody in a cohort looks back over the same time. Cut-off: 60 days after the window began,
--          or after its first score came, whichever is later (design constants).
with
  300 as least_days, 430 as most_days, 60 as open_days,
  ((earlier, later) -> earlier = '' or later = '' or toInt32OrZero(later) - toInt32OrZero(earlier) = 1) as follows,
  -- include ./school-stays.sql
  scores as (select * from window_scores final where test = {test:String} and subject = {subject:String}),
  windows as (select window, min(window_begin) as begin from scores group by window),
  a_year_before as (
    select later.window as window, argMin(earlier.window, (abs(dateDiff('day', earlier.begin, later.begin) - 365), earlier.window)) as prior
    from windows as later cross join windows as earlier
    where dateDiff('day', earlier.begin, later.begin) between least_days and most_days
    group by later.window
  ),
  looking_back as (
    select one.window as window, one.prior as first, two.prior as second
    from a_year_before as one left any join a_year_before as two on two.window = one.prior
  ),
  cut_offs as (
    select window, grade, greatest(min(stored_at), toDateTime64(min(window_begin), 3, 'UTC')) + toIntervalDay(open_days) as cut_off
    from scores group by window, grade
  ),
  -- grades that are said have to follow each other: who repeats or skips one has another history than the cohort
  linked as (
    select y.student_id as student_id, y.window as window, y.window_begin as window_begin, y.grade as grade, y.day as day,
      y.score as score, ifNull(y.csem, nan) as csem, y.school_id as on_day, y.stored_at as stored_at, cut_offs.cut_off as cut_off,
      one.known and follows(one.grade, y.grade) as has_1, has_1 and two.known and follows(two.grade, one.grade) as has_2,
      if(has_1, one.score, nan) as prior_1, if(has_2, two.score, nan) as prior_2, one.day as prior_day,
      greatest(y.stored_at, if(has_1, one.stored_at, y.stored_at), if(has_2, two.stored_at, y.stored_at)) as as_of
    from scores as y
    inner join cut_offs on cut_offs.window = y.window and cut_offs.grade = y.grade
    left any join looking_back as back on back.window = y.window
    left any join (select *, true as known from scores) as one on one.student_id = y.student_id and one.window = back.first
    left any join (select *, true as known from scores) as two on two.student_id = y.student_id and two.window = back.second
    where has({windows:Array(String)}, y.window)
  ),
  between as (
    select linked.student_id as student_id, linked.window as window, stays.school_id as school_id,
      toInt32(linked.prior_day) as a, toInt32(linked.day) as b,
      -- spans may overlap: each adds what lies behind all before it
      arrayFold((acc, span) -> (greatest(acc.1, span.2), acc.2 + school_days(greatest(acc.1, span.1), least(b, span.2))),
        stays.spans, (a, toInt64(0))).2 as here,
      school_days(a, b) as of_all
    from linked inner join stays on stays.student_id = linked.student_id
    where linked.has_1
  ),
  staying as (
    select student_id, window, argMax(school_id, (here, school_id)) as school_id, max(here) * 2 >= any(of_all) as long_enough
    from between group by student_id, window
  )
select lower(hex(linked.student_id)) as student_id, toString(linked.window) as window, toString(grade) as grade,
  toString(window_begin) as window_begin, toString(day) as day, score, csem, prior_1, prior_2,
  if(has_1, if(s.long_enough, s.school_id, ''), on_day) as school_id, toUInt8(stored_at <= cut_off) as fits,
  toFloat64(toUnixTimestamp64Milli(as_of)) as as_of, toFloat64(toUnixTimestamp64Milli(cut_off)) as cut_off
from linked left any join staying as s on s.student_id = linked.student_id and s.window = linked.window
order by window_begin, window, grade, student_id
