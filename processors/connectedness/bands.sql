-- bands: quarter of each grade by its students' latest scores before the end of the week of Monday {week:Date}; needs grades of persons
  400 as score_days, 20 as least_scored,
  latest_scores as (
    select student_id, test, subject, window, grade, score, window_begin
    from window_scores final
    where window_begin between {week:Date} - score_days and {week:Date} + 6
    order by window_begin desc, window desc
    limit 1 by student_id, test, subject
  ),
  -- millionths of the cohort that stand below, the mean of a student's tests
  standings as (
    select student_id, intDiv(sum(below), count()) as standing
    from (
      select student_id, intDiv(1000000 * (rank() over (partition by test, subject, window, grade order by score) - 1),
        count() over (partition by test, subject, window, grade)) as below
      from latest_scores
    )
    group by student_id
  ),
  bands as (
    select student_id, if(scored < least_scored, 0, toUInt8(1 + intDiv(4 * (place - 1), scored))) as band
    from (
      select s.student_id as student_id, rank() over (partition by p.grade order by s.standing) as place, count() over (partition by p.grade) as scored
      from standings as s inner join (select person_id, grade from persons final) as p on p.person_id = s.student_id
    )
  ),
