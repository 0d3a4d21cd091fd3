-- known: every student who attends a school with two school days or more in the week of Monday {week:Date}, what is known of
-- their activity, and whether a zero is one. Stands after attending.sql.
  traced as (
    select a.student_id as student_id, a.schools as schools, a.classes as classes,
      arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, a.schools) as open,
      toUInt8(bits(t.learning_days)) as learning_bits, toUInt8(bits(t.contact_days)) as contact_bits,
      -- half of the day's classes missed is the day missed; where only absences are delivered, the roster knows how many there are
      toUInt8(bits(arrayConcat(t.absent_days, arrayFilter(
        (day, missed, taken) -> missed > 0 and 2 * missed >= greatest(taken,
          arrayCount(c -> not c.2 and bitAnd(c.3, bits([day])) > 0, a.classes)),
        t.class_days, t.class_absences, t.classes_taken)))) as absent_bits,
      t.learning_days as learning_days, t.day_ms as day_ms, t.contact_ms as contact_ms
    from attending as a
    left any join (select * from student_week final where week = {week:Date}) as t on t.student_id = a.student_id
  ),
  -- on which days did a school's tools record anything at all?
  (select (groupArray(school_id), groupArray(learning), groupArray(contact)) from (
    select s.1 as school_id, groupBitOr(toUInt8(bitAnd(learning_bits, s.2))) as learning, groupBitOr(toUInt8(bitAnd(contact_bits, s.2))) as contact
    from traced array join schools as s group by school_id
  )) as feeds,

  -- a student's values are computed once, over all schools
  placed as (
    select *,
      arrayFold((a, s) -> bitOr(a, s.2), open, toUInt8(0)) as all_bits,
      arrayFold((a, s) -> bitOr(a, bitAnd(s.2, s.3)), open, toUInt8(0)) as school_day_bits,
      arraySum(s -> bitCount(bitAnd(s.2, s.3)), open) as enrolled_days,
      arrayFold((a, s) -> bitOr(a, bitAnd(bitAnd(s.2, s.3), transform(s.1, feeds.1, feeds.2, toUInt8(0)))), open, toUInt8(0)) as learning_feed_bits,
      arrayFold((a, s) -> bitOr(a, bitAnd(bitAnd(s.2, s.3), transform(s.1, feeds.1, feeds.3, toUInt8(0)))), open, toUInt8(0)) as contact_feed_bits
    from traced where notEmpty(open)
  ),
  known as (
    select student_id, open, classes, all_bits, contact_ms,
      bitAnd(learning_bits, all_bits) as own_learning_bits,
      own_learning_bits > 0 or bitAnd(learning_feed_bits, bitXor(127, absent_bits)) > 0 as learning_known,
      bitAnd(contact_bits, all_bits) > 0 or bitAnd(contact_feed_bits, bitXor(127, absent_bits)) > 0 as contact_known,
      bitCount(bitAnd(learning_bits, school_day_bits)) / enrolled_days as active_share,
      arraySum((d, ms) -> if(bitAnd(all_bits, bits([d])) > 0, ms, 0), learning_days, day_ms) as effort_ms,
      toUInt8(enrolled_days) as school_days, learning_days, day_ms,
      -- school days on which the student left a trace, or was there while the tools recorded something
      bitAnd(school_day_bits, bitOr(learning_bits, bitAnd(learning_feed_bits, bitXor(127, absent_bits)))) as counted_bits
    from placed
  ),
