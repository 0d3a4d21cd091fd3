-- window_scores: the one score of every student, test, subject and window that growth may use
-- Grain    one row per student, test, subject and window
-- Inputs   test:String, subject:String (as in current_scores; '' = every one)
-- Columns  student_id pseudonym · test · subject · window · window_begin first day of anybody's sitting in the window: windows
--          follow each other by it · grade ('' not said) · day of the sitting · score and csem (null: not said) points of the
--          test's scale · percentile 0..100 · level · school_id of enrolment on the day ('' none) · sittings in the window ·
--          stored_at: when the sitting, as it is, was stored first
-- Source   indicators section 0 and A; differs: none. Of several sittings in a window the first by date counts among those
--          that their source lets count: who sits again is mostly who did badly, so that a later or better one would show
--          growth where there is chance. On one day the one with the smallest csem, then the smallest id.
with
  sittings as (
    select score_id, student_id, test, subject, window, grade, day, score, csem, percentile, level, counts,
      min(day) over (partition by test, subject, window) as window_begin,
      count() over (partition by student_id, test, subject, window) as sittings
    from current_scores
    where kind = 'assessment' and isNotNull(score)
      and ({test:String} = '' or test = {test:String}) and ({subject:String} = '' or subject = {subject:String})
  ),
  chosen as (
    select * from sittings where counts
    order by day, isNull(csem), csem, score_id
    limit 1 by student_id, test, subject, window
  ),
  -- enrolled in several schools on that day: the school of the homeroom, then the smallest id
  enrolled as (
    select c.score_id as score_id, argMin(e.school_id, (k.class_type != 'homeroom', e.school_id)) as school_id
    from chosen as c
    inner join (
      select if(p.known, p.person, enrolments.person_id) as person, class_id, school_id, begin_day, end_day
      from enrolments final
      left any join (select identifier, person_id as person, true as known from person_of final) as p
        on p.identifier = enrolments.person_id
      where role = 'student'
    ) as e on e.person = c.student_id
    left any join (select class_id, class_type from classes final) as k on k.class_id = e.class_id
    where e.begin_day <= c.day and c.day < e.end_day
    group by score_id
  )
select chosen.student_id as student_id, test, subject, window, window_begin, grade, day, score, csem, percentile, level,
  enrolled.school_id as school_id, sittings, firsts.stored_at as stored_at
from chosen
left any join enrolled on enrolled.score_id = chosen.score_id
left any join (
  select score_id, min(f.stored_at) as stored_at
  from score_firsts as f inner join (select score_id, content from scores final) as s on s.score_id = f.score_id and s.content = f.content
  group by score_id
) as firsts on firsts.score_id = chosen.score_id
order by test, subject, window_begin, window, student_id
