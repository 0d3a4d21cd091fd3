-- school_days(a, b): school days of the district from one day (counted from 1970, a Thursday) up to another; stays: of whom and at
-- which school, with the spans of enrolment. Who moved counts for the school of most of these days, if they are half of all.
  (select groupArray(toInt32(day)) from calendar final where school_id = '' and not school_day and toDayOfWeek(day) <= 5) as closed,
  (select groupArray(toInt32(day)) from calendar final where school_id = '' and school_day and toDayOfWeek(day) > 5) as weekends,
  (day -> intDiv(day + 3, 7) * 5 + least((day + 3) % 7, 5)) as weekdays_before,
  ((a, b) -> if(b > a, weekdays_before(b) - weekdays_before(a) - arrayCount(d -> d >= a and d < b, closed)
    + arrayCount(d -> d >= a and d < b, weekends), 0)) as school_days,
  stays as (
    select if(p.known, p.person, e.person_id) as student_id, e.school_id as school_id,
      arraySort(groupUniqArray((toInt32(e.begin_day), toInt32(e.end_day)))) as spans
    from enrolments as e final
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = e.person_id
    where e.role = 'student'
    group by student_id, school_id
  ),
