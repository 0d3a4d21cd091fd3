-- engagement_aggregates: engagement over several weeks, agency and minutes by mode of every unit in one week
-- Grain    one row per indicator, unit, slice; deleted = 1 for a unit that has nobody left in the week
-- Inputs   week:Date (a Monday) · district:String · computed:UInt64. student_engagement of the week is computed first.
-- Columns  as in the table indicators
-- Source   indicators 0, B3 to B7. Goal attainment is of one student only (B6), and not here.
with
  ['completion', 'persistence', 'evenness', 'similarity', 'pace', 'pace_variation', 'choice_share', 'goals_set', 'reflections',
   'profile_current', 'help_asked', 'engagement_index', 'individual_minutes', 'small_group_minutes', 'one_to_one_minutes',
   'virtual_tutor_minutes', 'project_team_minutes', 'community_minutes'] as names,
  [0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 20., 0., 0., 0., 0., 0., 0.] as lowest,
  [1., 1., 1., 1., 4., 8., 1., 1000., 1000., 1., 1000., 80., 10080., 10080., 10080., 10080., 10080., 10080.] as highest,
  ['profile_current'] as shares,
  ['nobody has started five activities that are 28 days old', 'nobody has failed at five first attempts', 'no learning activity was recorded in this week',
   'nobody has two weeks with learning activity', 'nobody has a plan with units', 'nobody has a plan of four weeks or more',
   'of too few activities is said who chose them', 'no goals were recorded in this term', 'no reflections were recorded in four weeks',
   'no plans, goals or conversations were recorded', 'no requests for help were recorded in four weeks',
   'there is no reference yet, or too little is known', 'no time alone was recorded in four weeks', 'no time in small groups was recorded in four weeks',
   'no time with one adult was recorded in four weeks', 'no time with a virtual tutor was recorded in four weeks',
   'no time in project teams was recorded in four weeks', 'no time with the community was recorded in four weeks'] as unknown,
  4 as most_pace,   -- one who planned next to nothing must not stand for a school
  -- include ../statistics/student-t.sql
  -- include ./attending.sql
  valued as (
    select a.student_id as student_id, arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, a.schools) as open, a.classes as classes,
      arrayMap((name, x) -> (name, x is not null, toFloat64(ifNull(x, 0))), names, [
        toNullable(completion), persistence, evenness, similarity, if(pace > most_pace, most_pace, pace), pace_variation, choice_share, toFloat64(goals_set),
        toFloat64(reflections), toFloat64(profile_current), toFloat64(help_asked), i.engagement_index, individual_minutes, small_group_minutes,
        one_to_one_minutes, virtual_tutor_minutes, project_team_minutes, community_minutes]) as measures
    from attending as a
    inner join (select * from student_engagement final where week = {week:Date}) as e on e.student_id = a.student_id
    left any join (select student_id, engagement_index from student_engagement_index where week = {week:Date}) as i on i.student_id = a.student_id
    where notEmpty(open)
  ),
  -- include ./means.sql
