-- growth_sums: what a straight line in time needs of every student's scores in one test and subject
-- Grain    one row per student
-- Inputs   test:String, subject:String (as in window_scores) · from:Date, to:Date, the window [from, to) · lowest:Float64,
--          highest:Float64 that the test can give · centre_day:Int32 (days after from) and centre_score:Float64 that sums are measured
--          from, so that digits do not cancel
-- Columns  student_id pseudonym, hexadecimal · school_id in which most days of the window were enrolled, a day in several classes
--          counted once, then the smallest id ('' none) · n scores · impossible scores, left out · first_day, last_day days after from ·
--          sum_t, sum_tt of days · sum_y, sum_yy of millionths of a point · sum_ty of both · as_of newest storedAt, milliseconds since
--          1970. Integers until the last step: no order of rows changes a digit.
-- Source   indicators A3; differs: none
with
  used as (
    select student_id, toInt32(day - {from:Date}) as after, score as points, stored_at,
      points >= {lowest:Float64} and points <= {highest:Float64} as possible,
      toInt128(after - {centre_day:Int32}) as t,
      toInt128(if(possible, round((points - {centre_score:Float64}) * 1000000), 0)) as y
    from window_scores final
    where day >= {from:Date} and day < {to:Date} and test = {test:String} and subject = {subject:String}
  ),
  stays as (
    select person, school_id, arraySort(groupUniqArray((begin, end))) as parts,
      arrayFold((a, x) -> (a.1 + greatest(0, x.2 - greatest(x.1, a.2)), greatest(a.2, x.2)), parts, (toInt64(0), toInt64(0))).1 as days
    from (
      select if(p.known, p.person, enrolments.person_id) as person, school_id,
        toInt64(toRelativeDayNum(greatest(begin_day, {from:Date}))) as begin, toInt64(toRelativeDayNum(least(end_day, {to:Date}))) as end
      from enrolments final
      left any join (select identifier, person_id as person, true as known from person_of final) as p
        on p.identifier = enrolments.person_id
      where role = 'student' and begin_day < {to:Date} and end_day > {from:Date}
    )
    group by person, school_id
  ),
  schools_of as (select person, argMin(school_id, (-days, school_id)) as school_id from stays group by person),
  sums as (
    select student_id, countIf(possible) as n, countIf(not possible) as impossible,
      minIf(after, possible) as first_day, maxIf(after, possible) as last_day,
      sumIf(t, possible) as sum_t, sumIf(t * t, possible) as sum_tt, sumIf(y, possible) as sum_y, sumIf(t * y, possible) as sum_ty,
      sumIf(y * y, possible) as sum_yy, max(stored_at) as as_of
    from used group by student_id
  )
select lower(hex(student_id)) as student_id, schools_of.school_id as school_id, toFloat64(n) as n, toFloat64(impossible) as impossible,
  toFloat64(first_day) as first_day, toFloat64(last_day) as last_day, toFloat64(sum_t) as sum_t, toFloat64(sum_tt) as sum_tt,
  toFloat64(sum_y) as sum_y, toFloat64(sum_ty) as sum_ty, toFloat64(sum_yy) as sum_yy, toFloat64(toUnixTimestamp64Milli(as_of)) as as_of
from sums left any join schools_of on schools_of.person = sums.student_id
order by student_id
