-- student_engagement: engagement of every student as it stood at the end of one week
-- Grain    one row per student enrolled in a week with two school days or more
-- Inputs   week:Date (a Monday) · time_zone:String (IANA) · computed:UInt64. The week before is computed first: similarity reads it.
-- Columns  as in the table student_engagement
-- Source   indicators B1 to B6. Differs, and where the specification leaves it open: README.md
with
  28 as mature_days,              -- an activity is given this long to be completed
  7 * 86400 as retry_s,           -- and a failed one to be tried again
  10 as same_try_s,               -- outcomes so close together are told of one attempt
  5 as least_started, 5 as least_failed, 10 as least_flagged, 4 as least_weeks,
  28 as recent_days, 60 as current_days,
  0.3 as goal_correlation,        -- between goals of one student (Kiresuk & Sherman 1968)
  1.959963984540054 as z95,
  {week:Date} + 6 as sunday,
  ((k, n) -> ((k + z95 * z95 / 2 - z95 * sqrt(k * (n - k) / n + z95 * z95 / 4)) / (n + z95 * z95),
    (k + z95 * z95 / 2 + z95 * sqrt(k * (n - k) / n + z95 * z95 / 4)) / (n + z95 * z95))) as wilson,

  -- include ./attending.sql
  -- include ./known.sql

  -- a school year begins on 1 August
  makeDate(toYear({week:Date} + interval 5 month) - 1, 8, 1) as year_begin,
  -- the term that the week lies in: of those that touch it the one that began last
  (select if(count() = 0, year_begin, argMax(begin_day, (kind = 'term', kind = 'semester', begin_day))) from sessions final
    where kind in ('term', 'semester', 'gradingPeriod') and begin_day <= sunday and end_day > {week:Date}) as term_begin,

  -- minutes of each day, and their evenness over the days that count
  shaped as (
    select *, arrayMap(i -> arraySum((d, ms) -> if(d = {week:Date} + i, ms, 0), learning_days, known.day_ms), range(7)) as ms_of_days,
      arrayMap((ms, i) -> if(bitTest(counted_bits, i), ms, 0), ms_of_days, range(7)) as own_ms, toFloat64(arraySum(own_ms)) as own_total
    from known
  ),
  even as (
    select *, if(bitCount(counted_bits) >= 2 and own_total > 0,
      greatest(0., -arraySum(ms -> if(ms > 0, ms / own_total * log(ms / own_total), 0.), own_ms) / log(bitCount(counted_bits))), null) as evenness
    from shaped
  ),
  weeks_before as (
    select student_id,
      groupArrayArrayIf(s.starts, s.week <= {week:Date} - mature_days) as old_starts,
      groupArrayArray(arrayMap(c -> (c.1, c.2), s.completions)) as ended,
      arraySort(groupArrayArray(s.tries)) as outcomes,
      groupArrayArrayIf(s.flagged, s.week > sunday - recent_days) as flags,
      sumIf(s.help_asked, s.week > sunday - recent_days) as asked,
      max(notEmpty(s.learning_days) and s.week > sunday - recent_days) as seen,
      maxIf(s.newest, s.week = {week:Date}) as newest,
      arrayMap(ms -> ms > 0, sumForEachIf(mode_ms, s.week > sunday - recent_days)) as modes_told,
      sumForEachIf(mode_ms, s.week = {week:Date}) as week_modes
    from (
      select *, [individual_ms, small_group_ms, one_to_one_ms, virtual_tutor_ms, project_team_ms, community_ms] as mode_ms from student_week final
    ) as s
    where s.week between {week:Date} - 49 and {week:Date}
    group by student_id
  ),
  -- each expression stands on named columns of the step before: an alias used twice in one step is analysed twice
  first_starts as (
    select *, arraySort(old_starts) as sorted,
      arrayFilter((x, before) -> x.1 != before.1, sorted, arrayShiftRight(sorted, 1)) as firsts,
      arrayFilter((x, before) -> x.1 != before.1 or x.2 > before.2 + same_try_s, outcomes, arrayShiftRight(outcomes, 1)) as attempts
    from weeks_before
  ),
  -- of one object the first start, then its completions by day: the one after the start decides
  ordered as (
    select *, arraySort(arrayConcat(arrayMap(x -> (x.1, x.2, 0), firsts), arrayMap(x -> (x.1, x.2, 1), ended))) as acts,
      arrayZip(attempts, arrayShiftRight(attempts, 1), arrayShiftLeft(attempts, 1)) as around
    from first_starts
  ),
  tried as (
    select student_id, flags, asked, seen, newest, modes_told, week_modes,
      toUInt32(length(firsts)) as started,
      toUInt32(arrayCount((x, after) -> x.3 = 0 and after.1 = x.1 and after.3 = 1 and after.2 <= x.2 + mature_days, acts, arrayShiftLeft(acts, 1))) as completed,
      -- failed first attempts of the four weeks before this one: (object, seconds, failed) with the attempt before and after
      arrayFilter(x -> (x.1).3 and (x.1).1 != (x.2).1
        and toDateTime((x.1).2, {time_zone:String}) >= toDateTime({week:Date} - 28, {time_zone:String})
        and toDateTime((x.1).2, {time_zone:String}) < toDateTime({week:Date}, {time_zone:String}), around) as failures,
      toUInt32(arrayCount(x -> (x.3).1 = (x.1).1 and (x.3).2 <= (x.1).2 + retry_s, failures)) as retried,
      notEmpty(ended) as ends, notEmpty(outcomes) as tries
    from ordered
  ),
  shares as (
    select * except failures, toUInt32(length(failures)) as failed, wilson(completed, started) as completion_ends, wilson(retried, failed) as persistence_ends
    from tried
  ),

  -- one plan a subject: that which holds last in the week
  plans_now as (
    select student_id, groupArray((toString(plan_subject), assumeNotNull(units), begun, last)) as plans, min(begun) as plans_begun
    from (
      select student_id, lowerUTF8(p.subject) as plan_subject, units_per_week as units, toDate(greatest(begin_day, toDate32(year_begin))) as begun,
        toDate(least(end_day - 1, toDate32(sunday))) as last
      from current_plans as p where begin_day <= sunday and end_day > {week:Date} and units_per_week > 0
      order by student_id, plan_subject, begin_day desc limit 1 by student_id, plan_subject
    )
    group by student_id
  ),
  units as (
    select student_id, groupArrayArray(arrayMap(c -> (c.1, c.2, lowerUTF8(c.3)), s.completions)) as done
    from student_week as s final
    where s.week between toMonday((select min(plans_begun) from plans_now)) and {week:Date} and student_id in (select student_id from plans_now)
    group by student_id
  ),
  -- school days of this week and the 52 before it, by school: as in attending.sql
  exceptions as (
    select school_id, day, argMax(school_day, own) as school_day
    from (
      select school_id, day, school_day, true as own from calendar final where day between {week:Date} - 364 and sunday and school_id != ''
      union all
      select s.school_id, c.day, c.school_day, false
      from schools as s final cross join (select day, school_day from calendar final where day between {week:Date} - 364 and sunday and school_id = '') as c
    )
    group by school_id, day
  ),
  year_weeks as (
    select s.school_id as school_id,
      arrayMap(i -> toUInt8(bitOr(bitAnd(31, bitXor(127, arraySum(d -> if(toMonday(d) = {week:Date} - 7 * i, bitShiftLeft(1, d - toMonday(d)), 0), e.known))),
        arraySum(d -> if(toMonday(d) = {week:Date} - 7 * i, bitShiftLeft(1, d - toMonday(d)), 0), e.open))), range(53)) as week_bits
    from (select school_id from schools final) as s
    left any join (select school_id, groupArray(day) as known, groupArrayIf(day, school_day) as open from exceptions group by school_id) as e
      on e.school_id = s.school_id
  ),

  goal_facts as (
    select student_id,
      countIf(set_day >= term_begin) as set_in_term,
      countIf(set_day > sunday - recent_days) as set_lately,
      max(greatest(set_day, if(closed_day <= sunday, closed_day, toDate(0)))) as goal_day,
      arraySort(groupArrayIf((toFloat64(assumeNotNull(level)), ifNull(weight, 1.)),
        level is not null and closed_day >= term_begin and closed_day <= sunday)) as rated
    from current_goals where set_day <= sunday group by student_id
  ),
  goals_weighed as (
    select *, arraySum(x -> x.2, rated) as weights, toUInt32(length(rated)) as goals_rated,
      50 + 10 * arraySum(x -> x.1 * x.2, rated)
        / sqrt((1 - goal_correlation) * arraySum(x -> x.2 * x.2, rated) + goal_correlation * weights * weights) as attainment
    from goal_facts
  ),
  reflected as (
    select student_id, count() as lately from current_reflections where day > sunday - recent_days and day <= sunday group by student_id
  ),
  planned as (select student_id, toDate(max(begin_day)) as plan_day from current_plans where begin_day <= sunday group by student_id),
  talked as (select student_id, max(day) as talk_day from current_conversations where day <= sunday group by student_id),
  -- a choice that a record tells of counts if it says what was offered; its start, if flagged, is the same activity
  offered as (
    select student_id, groupArray((cityHash64(if(taken = '', toString(choice_id), taken)), choice = 'chosen')) as choices
    from current_choices
    where day > sunday - recent_days and day <= sunday
      and (record_id = toUUID('00000000-0000-0000-0000-000000000000') or length(offered) > 1)
    group by student_id
  ),
  joined as (
    select transform(person_id, mergers.1, mergers.2, person_id) as student_id, min(begin_day) as since, max(begin_day) as newest_begin
    from enrolments final where role = 'student' group by student_id
  ),
  -- the grade of the roster is that of the school year of the newest enrolment
  aged as (
    select j.student_id as student_id, j.since as since, toString(y.grade) as roster_grade,
      greatest(0, toYear(j.newest_begin + interval 5 month) - toYear({week:Date} + interval 5 month)) as years_since,
      toInt16OrNull(roster_grade) - years_since as number
    from joined as j left any join (select person_id, grade from persons final) as y on y.person_id = j.student_id
  ),
  graded as (
    select student_id, since,
      if(number is null or years_since = 0, roster_grade, leftPad(toString(greatest(0, assumeNotNull(number))), 2, '0')) as grade,
      multiIf(roster_grade in ('KG', 'PK', 'TK', 'PS', 'PR', 'IT'), 'elementary', number is null, 'other', number <= 5, 'elementary',
        number <= 8, 'middle', number <= 12, 'high', 'other') as band
    from aged
  ),

  gathered as (
    select k.student_id as student_id, k.school_days as school_days, k.counted_bits as counted_bits, k.learning_known as learning_known,
      k.active_share as active_share, k.effort_ms as effort_ms, arrayMap(s -> s.1, k.open) as schools,
      k.ms_of_days as day_ms, k.evenness as evenness,
      t.flags as flags, t.asked as asked, t.seen or k.learning_known as seen, t.started as started, t.completed as completed,
      t.failed as failed, t.retried as retried,
      t.completion_ends as completion_ends, t.persistence_ends as persistence_ends, t.ends as ends, t.tries as tries, t.newest as newest,
      arrayResize(t.modes_told, 6) as modes_told, arrayResize(t.week_modes, 6) as mode_ms,
      g.set_in_term as set_in_term, g.set_lately as set_lately, g.goals_rated as goals_rated, g.attainment as attainment, r.lately as reflections_lately,
      greatest(g.goal_day, p.plan_day, c.talk_day) as profile_day, o.choices as choices,
      j.since <= sunday - (recent_days - 1) as settled, j.grade as grade, j.band as band
    from even as k
    left any join shares as t on t.student_id = k.student_id
    left any join goals_weighed as g on g.student_id = k.student_id
    left any join reflected as r on r.student_id = k.student_id
    left any join planned as p on p.student_id = k.student_id
    left any join talked as c on c.student_id = k.student_id
    left any join offered as o on o.student_id = k.student_id
    left any join graded as j on j.student_id = k.student_id
  ),
  -- which kinds of act did a school's systems tell of at all? Where they did not, nothing is known, and nothing is 0.
  telling as (
    select *, groupBitOr(toUInt16(ends + 2 * tries + 4 * (set_in_term > 0) + 8 * (reflections_lately > 0) + 16 * (asked > 0)
      + 32 * (profile_day > sunday - 365) + arraySum((m, i) -> if(m, bitShiftLeft(toUInt16(64), i), 0), modes_told, range(6)))) over (partition by schools[1]) as told
    from gathered
  ),
  placed_plans as (
    select g.student_id as student_id, g.* except student_id,
      n.plans as plans, n.plans_begun as plans_begun, u.done as done, w.week_bits as week_bits,
      b.counted_before as counted_before, b.ms_before as ms_before
    from telling as g
    left any join plans_now as n on n.student_id = g.student_id
    left any join units as u on u.student_id = g.student_id
    left any join year_weeks as w on w.school_id = g.schools[1]
    left any join (select student_id, counted_days as counted_before, day_ms as ms_before from student_engagement final where week = {week:Date} - 7) as b
      on b.student_id = g.student_id
  ),
  paced as (
    select *,
      arrayMap(p -> toUInt32(arrayUniq(arrayMap(c -> c.1, arrayFilter(c -> c.2 between p.3 and p.4 and (p.1 = '' or p.1 = c.3), done)))), plans) as plan_done,
      -- units a week, times the share of each week's school days on which the plan held; weeks with one school day do not count
      arrayMap(p -> arraySum((i, b) -> if(bitCount(b) < 2, 0., p.2 * bitCount(bitAnd(b,
        arraySum(d -> if({week:Date} - 7 * i + d between p.3 and p.4, bitShiftLeft(1, d), 0), range(7)))) / bitCount(b)),
        range(length(week_bits)), week_bits), plans) as plan_planned,
      -- whole weeks with school since the first of them began, newest first
      arrayFilter((i, b) -> bitCount(b) >= 2 and {week:Date} - 7 * i >= plans_begun, range(length(week_bits)), week_bits) as whole_weeks,
      arraySort(arrayMap(c -> (c.1, c.2), arrayFilter(c -> c.2 between plans_begun and sunday
        and arrayExists(p -> p.1 = '' or p.1 = c.3, plans), done))) as unit_days,
      -- the days that count in this week and in the one before
      bitAnd(counted_bits, counted_before) as both_bits,
      arrayMap((ms, i) -> if(bitTest(both_bits, i), ms, 0), day_ms, range(7)) as now_ms,
      arrayMap(i -> if(bitTest(both_bits, i), ms_before[i + 1], 0), range(7)) as then_ms,
      arrayConcat(flags, choices) as all_flags
    from placed_plans
  ),
  counted as (
    select *, toUInt32(arraySum(plan_done)) as units_done, arraySum(plan_planned) as units_planned,
      -- of each unit how many weeks ago it was first completed
      arrayMap(c -> intDiv(sunday - c.2, 7), arrayFilter((c, before) -> c.1 != before.1, unit_days, arrayShiftRight(unit_days, 1))) as unit_weeks_ago,
      arrayMap(i -> countEqual(unit_weeks_ago, i), whole_weeks) as week_units,
      toUInt32(arrayUniq(arrayMap(x -> x.1, all_flags))) as flagged,
      toUInt32(arrayUniq(arrayMap(x -> x.1, arrayFilter(x -> x.2, all_flags)))) as chosen,
      toFloat64(arraySum(now_ms)) as now_total, toFloat64(arraySum(then_ms)) as then_total
    from paced
  ),
  summed as (
    select *, toFloat64(length(week_units)) as unit_weeks, toFloat64(arraySum(week_units)) as unit_sum,
      toFloat64(arraySum(u -> u * u, week_units)) as unit_squares
    from counted
  ),
  judged as (
    select *, bitAnd(told, 1) > 0 and started >= least_started as completion_known, failed >= least_failed as persistence_known,
      wilson(chosen, flagged) as choice_ends,
      units_planned >= 1 and (units_done > 0 or bitAnd(told, 1) > 0) as pace_known, flagged >= least_flagged as choice_known,
      settled and seen as lately_known,
      arrayMap((ms, i) -> if(bitTest(told, 6 + i) and (learning_known or ms > 0), ms / 60000, null), mode_ms, range(6)) as mode_minutes
    from summed
  )
select
  {week:Date} as week,
  student_id,
  grade,
  band,
  schools[1] as school_id,
  school_days,
  counted_bits as counted_days,
  day_ms,
  if(learning_known, active_share, null) as active_share,
  if(learning_known, effort_ms / 60000, null) as effort_minutes,
  started, completed,
  if(completion_known, completed / started, null) as completion,
  if(completion_known, completion_ends.1, null) as completion_lo,
  if(completion_known, completion_ends.2, null) as completion_hi,
  failed, retried,
  if(persistence_known, retried / failed, null) as persistence,
  if(persistence_known, persistence_ends.1, null) as persistence_lo,
  if(persistence_known, persistence_ends.2, null) as persistence_hi,
  evenness,
  if(bitCount(both_bits) >= 2 and now_total > 0 and then_total > 0,
    1 - arraySum((a, b) -> (
        if(a > 0, a / now_total * log2(a / now_total * 2 / (a / now_total + b / then_total)), 0.)
        + if(b > 0, b / then_total * log2(b / then_total * 2 / (a / now_total + b / then_total)), 0.)) / 2, now_ms, then_ms), null) as similarity,
  units_done, units_planned,
  if(pace_known, units_done / units_planned, null) as pace,
  if(pace_known and units_done > 0, log2(units_done / units_planned), null) as pace_log2,
  if(pace_known and unit_weeks >= least_weeks and unit_sum > 0,
    sqrt(greatest(0, unit_squares - unit_sum * unit_sum / unit_weeks) / (unit_weeks - 1)) / (unit_sum / unit_weeks), null) as pace_variation,
  arrayMap(p -> p.1, plans) as plan_subjects,
  plan_done, plan_planned,
  flagged, chosen,
  if(choice_known, chosen / flagged, null) as choice_share,
  if(choice_known, choice_ends.1, null) as choice_lo,
  if(choice_known, choice_ends.2, null) as choice_hi,
  if(lately_known and bitAnd(told, 4) > 0, toUInt32(set_in_term), null) as goals_set,
  if(lately_known and bitAnd(told, 8) > 0, toUInt32(reflections_lately), null) as reflections,
  if(lately_known and bitAnd(told, 12) > 0, toUInt32(set_lately + reflections_lately), null) as goal_acts,
  profile_day,
  if(lately_known and bitAnd(told, 32) > 0, profile_day > sunday - current_days, null) as profile_current,
  if(lately_known and bitAnd(told, 16) > 0, toUInt32(asked), null) as help_asked,
  goals_rated,
  if(goals_rated > 0, attainment, null) as goal_attainment,
  mode_minutes[1] as individual_minutes,
  mode_minutes[2] as small_group_minutes,
  mode_minutes[3] as one_to_one_minutes,
  mode_minutes[4] as virtual_tutor_minutes,
  mode_minutes[5] as project_team_minutes,
  mode_minutes[6] as community_minutes,
  newest, {computed:UInt64} as computed, toUInt8(0) as deleted
from judged
order by student_id
