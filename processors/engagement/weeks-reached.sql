-- weeks_reached: the weeks whose engagement follows from what happened in given weeks
-- Grain    one row per Monday with figures
-- Inputs   weeks:Array(Date) Mondays
-- Columns  week Monday, ascending
-- Source   the windows of student-engagement.sql. B3: seven weeks on (four in which an activity grows old, four in which it counts);
--          a profile nine (60 days); goals to the end of the term; units to the end of every plan that held in the week, or of
--          the school year.
with
  touched_weeks as (select arrayJoin({weeks:Array(Date)}) as touched_week),
  ends as (
    select touched_week,
      greatest(toDate32(touched_week + 63),
        ifNull((select maxOrNull(end_day) from sessions final where kind in ('term', 'semester', 'gradingPeriod')
          and arrayExists(w -> begin_day <= w + 6 and end_day > w, {weeks:Array(Date)})), toDate32(0)),
        if((select count() from plans) > 0, makeDate32(toYear(touched_week + interval 5 month), 7, 31), toDate32(0)),
        if((select count() from goals) > 0 and (select count() from sessions) = 0, makeDate32(toYear(touched_week + interval 5 month), 7, 31), toDate32(0))) as last_day
    from touched_weeks
  )
select distinct toString(f.week) as week
from (select distinct week from student_week union distinct select distinct week from student_engagement) as f
cross join ends
where f.week between touched_week and toDate(last_day)
order by week
