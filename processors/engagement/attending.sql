-- attending: every student enrolled in the week of Monday {week:Date}, with days enrolled in schools and classes as seven bits,
-- Monday the lowest, and the school days of the week there
  -- days of the week as seven bits, Monday the lowest
  (days -> arraySum(d -> if(d between {week:Date} and {week:Date} + 6, bitShiftLeft(1, toUInt8(d - {week:Date})), 0), days)) as bits,

  calendar_days as (
    select school_id, day, argMax(school_day, own) as school_day
    from (
      select school_id, day, school_day, true as own from calendar final where day between {week:Date} and {week:Date} + 6 and school_id != ''
      union all
      select s.school_id, c.day, c.school_day, false
      from schools as s final cross join (select day, school_day from calendar final where day between {week:Date} and {week:Date} + 6 and school_id = '') as c
    )
    group by school_id, day
  ),
  -- a day without an entry is a school day from Monday to Friday
  school_weeks as (
    select s.school_id as school_id, toUInt8(bitOr(bitAnd(31, bitXor(127, bits(c.known))), bits(c.open))) as school_bits
    from (select school_id from schools final) as s
    left any join (
      select school_id, groupArray(day) as known, groupArrayIf(day, school_day) as open from calendar_days group by school_id
    ) as c on c.school_id = s.school_id
  ),
  -- small look-ups are scalars, evaluated once: as joins they would be planned again at every use
  (select (groupArray(school_id), groupArray(school_bits)) from school_weeks) as calendars,
  (school -> transform(school, calendars.1, calendars.2, toUInt8(0))) as school_bits_of,

  -- a person that was merged into another is enrolled as that one
  (select (groupArray(person_id), groupArray(into_id)) from merged_persons final) as mergers,
  enrolled as (
    select transform(e.person_id, mergers.1, mergers.2, e.person_id) as student_id, e.class_id as class_id, e.school_id as school_id, c.class_type != 'homeroom' as other,
      toUInt8(arraySum(i -> if({week:Date} + i >= e.begin_day and {week:Date} + i < e.end_day, bitShiftLeft(1, i), 0), range(7))) as day_bits
    from enrolments as e final
    left any join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
    where e.role = 'student' and e.begin_day <= {week:Date} + 6 and e.end_day > {week:Date}
  ),
  -- each expression stands on named columns of the step before: an alias used twice in one step is analysed twice
  parted as (
    select student_id, arraySort(groupArray((other, school_id, day_bits, class_id))) as parts from enrolled group by student_id
  ),
  -- one school a day: that of the homeroom before others, then the lowest id
  staying as (
    select student_id, parts, arrayDistinct(arrayMap(x -> x.4, parts)) as class_ids,
      arrayFold(
        (a, x) -> (arrayPushBack(a.1, (x.2, toUInt8(bitAnd(x.3, bitXor(127, a.2))))), toUInt8(bitOr(a.2, x.3))),
        parts, (CAST([], 'Array(Tuple(String, UInt8))'), toUInt8(0))).1 as stays
    from parted
  ),
  -- school: (id, days enrolled, school days of the week); class: (id, is it a homeroom, days enrolled, school days of the week)
  attending as (
    select student_id,
      arrayMap(
        school -> (school, toUInt8(arraySum(y -> if(y.1 = school, y.2, 0), stays)), school_bits_of(school)),
        arrayDistinct(arrayMap(y -> y.1, arrayFilter(y -> y.2 > 0, stays)))) as schools,
      arrayMap(
        c -> (c, arrayExists(x -> x.4 = c and not x.1, parts), arrayFold((a, x) -> if(x.4 = c, bitOr(a, x.3), a), parts, toUInt8(0)),
          school_bits_of(arrayFirst(x -> x.4 = c, parts).2)),
        class_ids) as classes
    from staying
  ),
