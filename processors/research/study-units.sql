-- study_units: in which steps scores and slopes of each test are said, and between which ends
-- Grain    one row per test and subject that ten students of the extract or more have taken
-- Inputs   to:Date windows that began before; extracting_students
-- Columns  test · subject · students · score_step, slope_step a twelfth of the standard deviation, rounded down to 1, 2 or 5 times a
--          power of ten · least_score, most_score, least_slope, most_slope what the tenth-lowest and tenth-highest student reach
-- Source   indicators E5: rare values are top- and bottom-coded; differs: none
with
  (x -> if(x > 0, exp10(floor(log10(x))) * multiIf(x / exp10(floor(log10(x))) < 2, 1, x / exp10(floor(log10(x))) < 5, 2, 5), 1)) as step,
  scores as (
    select test, subject, student_id, max(score) as highest, min(score) as lowest, groupArray(score) as all_scores
    from window_scores final
    where window_begin < {to:Date} and student_id in (select student_id from extracting_students)
    group by test, subject, student_id
  ),
  lines as (
    select test, subject, arraySort(groupArray(assumeNotNull(slope))) as slopes, stddevSamp(assumeNotNull(slope)) as sd
    from student_trajectories final
    where status = 'ok' and student_id in (select student_id from extracting_students) group by test, subject
  )
select s.test as test, s.subject as subject, toUInt32(s.students) as students,
  step(s.sd / 12) as score_step, s.most_score as most_score, s.least_score as least_score,
  if(length(l.slopes) < 20, 1, step(l.sd / 12)) as slope_step,
  if(length(l.slopes) < 20, 0, l.slopes[10]) as least_slope,
  if(length(l.slopes) < 20, 0, l.slopes[length(l.slopes) - 9]) as most_slope
from (
  select test, subject, count() as students, arrayReverseSort(groupArray(highest))[10] as most_score,
    arraySort(groupArray(lowest))[10] as least_score, stddevSampArray(all_scores) as sd
  from scores group by test, subject having count() >= 10
) as s
left any join lines as l on l.test = s.test and l.subject = s.subject
