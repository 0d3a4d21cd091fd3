-- trajectory_rows: every score of one test and subject, with the school that the student counts for
-- Grain    one row per student and window
-- Inputs   test:String, subject:String (as in window_scores)
-- Columns  student_id pseudonym, hexadecimal · school_id with most enrolled days between the first and the last score of
--          anybody ('' never enrolled) · day · score points · window · as_of storedAt, milliseconds since 1970
-- Source   indicators A3 (movers nest in the school with most enrolled days); differs: none. Equal days: the school's id decides.
with
  scores as (select * from window_scores final where test = {test:String} and subject = {subject:String}),
  (select (toDate32(min(day)), toDate32(max(day)) + 1) from scores) as span,
  days as (
    select student_id, school_id, sum(stay) as enrolled_days from (
      -- a day in several classes is one day: the longest of equal beginnings counts, which is all that rosters differ by
      select if(p.known, p.person, e.person_id) as student_id, e.school_id as school_id,
        max(greatest(0, dateDiff('day', greatest(e.begin_day, span.1), least(e.end_day, span.2)))) as stay
      from enrolments as e final
      left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = e.person_id
      where e.role = 'student'
      group by student_id, school_id, e.begin_day
    ) group by student_id, school_id
  ),
  nested as (select student_id, argMax(school_id, (enrolled_days, school_id)) as school_id from days where enrolled_days > 0 group by student_id)
select lower(hex(scores.student_id)) as student_id, nested.school_id as school_id, toString(day) as day, score,
  toString(window) as window, toString(window_begin) as window_begin, toFloat64(toUnixTimestamp64Milli(stored_at)) as as_of
from scores left any join nested on nested.student_id = scores.student_id
order by student_id, day
