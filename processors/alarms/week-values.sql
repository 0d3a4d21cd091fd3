-- week_values: how much of a student's own week there is, beside the school's median
-- Grain    one row per student enrolled on a school day of the week
-- Inputs   week:Date (a Monday)
-- Columns  student pseudonym, hexadecimal · school with most of the student's school days in the week, the lowest id of several ·
--          enrolled_days 0..7 · absent_days of them · minutes B2 · median of ln(1 + minutes) of the school's students whose week
--          counts; null: fewer than 5 of them · deviation ln(1 + minutes) less the median; null: the week does not count ·
--          reason why not
-- Source   indicators B8; differs: a week counts if the school had two school days on which its tools recorded anything, and the
--          student was there on all of them but one at most. Days on which a whole school's tools were silent are nobody's.
with
  -- include ../engagement/attending.sql
  traced as (
    select a.student_id as student_id, a.schools as schools,
      toUInt8(bits(t.learning_days)) as learning_bits,
      -- as in week_aggregates: half of the day's classes missed is the day missed
      toUInt8(bits(arrayConcat(t.absent_days, arrayFilter(
        (day, missed, taken) -> missed > 0 and 2 * missed >= greatest(taken,
          arrayCount(c -> not c.2 and bitAnd(c.3, bits([day])) > 0, a.classes)),
        t.class_days, t.class_absences, t.classes_taken)))) as absent_bits,
      t.learning_days as learning_days, t.day_ms as day_ms
    from attending as a
    left any join (select * from student_week final where week = {week:Date}) as t on t.student_id = a.student_id
  ),
  -- on which days did a school's tools record anything at all?
  (select (groupArray(school_id), groupArray(learning)) from (
    select s.1 as school_id, groupBitOr(toUInt8(bitAnd(learning_bits, s.2))) as learning
    from traced array join schools as s group by school_id
  )) as feeds,
  (school -> transform(school, feeds.1, feeds.2, toUInt8(0))) as alive_bits_of,
  placed as (
    select *,
      arrayFilter(s -> bitAnd(s.2, s.3) > 0, schools) as attended,
      arrayFold((a, s) -> toUInt8(bitOr(a, s.2)), attended, toUInt8(0)) as all_bits,
      arrayFold((a, s) -> toUInt8(bitOr(a, bitAnd(s.2, s.3))), attended, toUInt8(0)) as school_day_bits,
      arrayFold((a, s) -> toUInt8(bitOr(a, bitAnd(bitAnd(s.2, s.3), alive_bits_of(s.1)))), attended, toUInt8(0)) as alive_bits,
      -- sorted by days, most first, then by id
      arraySort(s -> (-toInt8(bitCount(bitAnd(s.2, s.3))), s.1), attended)[1] as main
    from traced
  ),
  measured as (
    select student_id, main.1 as school_id,
      toUInt8(bitCount(school_day_bits)) as enrolled_days,
      toUInt8(bitCount(bitAnd(school_day_bits, absent_bits))) as absent_days,
      -- summed as integers
      arraySum((d, ms) -> if(bitAnd(all_bits, bits([d])) > 0, ms, 0), learning_days, day_ms) / 60000 as minutes,
      bitCount(main.3) as open_days,
      bitCount(bitAnd(main.3, alive_bits_of(main.1))) as alive_days,
      bitCount(bitAnd(alive_bits, bitXor(127, absent_bits))) as usable_days
    from placed where notEmpty(attended)
  ),
  judged as (
    select *,
      multiIf(
        open_days < 2, 'fewer than 2 school days',
        alive_days < 2, 'the school''s tools recorded nothing on all school days but one',
        usable_days < greatest(2, alive_days - 1), 'absent or not enrolled on more than one school day',
        '') as reason,
      log(1 + minutes) as level
    from measured
  ),
  medians as (
    select school_id, quantileExactInclusive(0.5)(level) as median
    from judged where reason = '' group by school_id having count() >= 5
  ),
  beside as (
    select j.*, m.known as known, m.median as school_median
    from judged as j
    left any join (select school_id, median, true as known from medians) as m on m.school_id = j.school_id
  )
select
  lower(hex(student_id)) as student, school_id as school, enrolled_days, absent_days, minutes,
  if(known, school_median, null) as median,
  if(known and reason = '', level - school_median, null) as deviation,
  multiIf(reason != '', reason, known, '', 'fewer than 5 students of the school to compare with') as reason
from beside
order by student
