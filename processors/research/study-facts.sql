-- study_facts: what a study's extract may say of each student, before anything is said more coarsely
-- Grain    one row per student with a week in the range, or with a score
-- Inputs   from:Date, to:Date (Mondays, [from, to)) · group:String name of a demographic attribute of the roster; empty: none
-- Columns  student_id · weeks Mondays with figures, sorted · school_id school of most of these weeks, else of the trajectory ·
--          school_level, grade_band, gender, demographic, band what others may know of the student ·
--          absence, adult_contact, growth what nobody must learn
-- Source   indicators E5; differs: none. band: quarter of the cohort by the first prior score, as A7 asks.
with
  seen as (
    select student_id, week, school_id from student_engagement final where week >= {from:Date} and week < {to:Date}
    union all
    select student_id, week, school_id from student_connectedness final where week >= {from:Date} and week < {to:Date}
  ),
  weeks_of as (select student_id, arraySort(groupUniqArray(week)) as weeks from seen group by student_id),
  school_of as (
    select student_id, argMax(school_id, (n, school_id)) as school_id
    from (select student_id, school_id, count() as n from seen where school_id != '' group by student_id, school_id)
    group by student_id
  ),
  line_of as (
    select t.student_id as student_id, argMax(t.school_id, (t.n, t.test, t.subject)) as school_id
    from student_trajectories as t final where t.school_id != '' group by t.student_id
  ),
  band_of as (
    select g.student_id as student_id, argMin(g.band, (g.window_begin, g.subject, g.test)) as band
    from student_growth as g final
    where g.indicator = 'growth_percentile' and g.band > 0 and g.window_begin < {to:Date} group by g.student_id
  ),
  percentile_of as (
    select student_id, argMax(assumeNotNull(value), (window_begin, subject, test)) as percentile
    from student_growth final
    where indicator = 'growth_percentile' and value is not null and window_begin < {to:Date} group by student_id
  ),
  -- apart, not joined week by week: a district has millions of these
  absent_of as (
    select student_id, sum(length(absent_days)) as absent
    from student_week final where week >= {from:Date} and week < {to:Date} group by student_id
  ),
  days_of as (
    select student_id, sum(school_days) as school_days
    from student_engagement final where week >= {from:Date} and week < {to:Date} group by student_id
  ),
  contact_of as (
    select student_id, countIf(sustained > 0) as with_adult, count() as known
    from student_connectedness final where week >= {from:Date} and week < {to:Date} and adults_known group by student_id
  ),
  scored as (select distinct student_id from window_scores final where window_begin < {to:Date}),
  described as (
    select p.person_id as student_id, w.weeks as weeks, if(s.school_id != '', toString(s.school_id), l.school_id) as school,
      multiIf(p.grade in ('KG', 'K', 'PK'), 0, ifNull(toInt16OrNull(toString(p.grade)), -1)) as grade,
      lowerUTF8(if(JSONHas(p.groups, 'sex'), JSONExtractString(p.groups, 'sex'), JSONExtractString(p.groups, 'gender'))) as sex,
      JSONExtractString(p.groups, {group:String}) as asked,
      b.band as quarter, q.student_id != toFixedString('', 32) as has_percentile, q.percentile as percentile,
      a.absent as absent, t.school_days as school_days, c.with_adult as with_adult, c.known as contact_weeks
    from (select person_id, grade, groups from persons final where role = 'student') as p
    left any join weeks_of as w on w.student_id = p.person_id
    left any join school_of as s on s.student_id = p.person_id
    left any join line_of as l on l.student_id = p.person_id
    left any join band_of as b on b.student_id = p.person_id
    left any join percentile_of as q on q.student_id = p.person_id
    left any join absent_of as a on a.student_id = p.person_id
    left any join days_of as t on t.student_id = p.person_id
    left any join contact_of as c on c.student_id = p.person_id
    where notEmpty(w.weeks) or p.person_id in scored
  ),
  banded as (
    select *, multiIf(grade < 0, 'not known', grade <= 2, 'K-2', grade <= 5, '3-5', grade <= 8, '6-8', grade <= 12, '9-12', 'not known') as grades
    from described
  ),
  levels as (
    select school, argMax(grades, (n, grades)) as most from (
      select school, grades, count() as n from banded where school != '' and grades != 'not known' group by school, grades
    ) group by school
  )
select d.student_id as student_id, d.weeks as weeks, if(d.school = '', 'not known', d.school) as school_id,
  transform(l.most, ['K-2', '3-5', '6-8', '9-12'], ['elementary', 'elementary', 'middle', 'high'], 'not known') as school_level,
  d.grades as grade_band,
  multiIf(d.sex in ('f', 'female'), 'female', d.sex in ('m', 'male'), 'male', d.sex = '', 'not known', 'other') as gender,
  multiIf({group:String} = '', 'not asked', d.asked = '', 'not known', d.asked) as demographic,
  if(d.quarter between 1 and 4, toString(d.quarter), 'not known') as band,
  multiIf(d.school_days = 0, 'not known', d.absent / d.school_days < 0.05, 'under 5%', d.absent / d.school_days < 0.1, '5 to 10%', '10% or more') as absence,
  multiIf(d.contact_weeks = 0, 'not known', d.with_adult = 0, 'no week', d.with_adult / d.contact_weeks < 0.8, 'some weeks', 'most weeks') as adult_contact,
  multiIf(not d.has_percentile, 'not known', d.percentile < 35, 'low', d.percentile > 65, 'high', 'typical') as growth
from banded as d
left any join levels as l on l.school = d.school
