-- student_flags: attendance, behaviour and course marks of every student in one term
-- Grain    one row per student with a school day in the term; deleted = 1 for one who had, and has not any more
-- Inputs   term:String · begin:Date, end:Date Mondays, [begin, end) · window:String of class marks · first_day:Date, last_day:Date of the
--          term · computed:UInt64
-- Columns  as in the table student_flags
-- Source   indicators B9 (Balfanz, Herzog & Mac Iver 2007); differs: attendance by the chronic-absence convention. A kind of record that a
--          school has not delivered at all in the term is not known of its students, and nobody there is flagged or cleared by it.
with
  attended as (
    select student_id, topKWeighted(1)(school_id, enrolled_days)[1] as school_id,
      toUInt16(sum(w.enrolled_days)) as enrolled, toUInt16(sum(w.absent_days)) as absent
    from alarm_weeks as w final
    where week >= {begin:Date} and week < {end:Date} and not startsWith(reason, 'fewer than 2 school days')
    group by student_id
  ),
  referred as (
    select if(p.known, p.person, r.person_id) as student_id,
      toUInt16(uniqExactIf(r.record_id, r.object_type = 'suspension' and r.local_day > {last_day:Date} - 60)) as suspended,
      toUInt16(uniqExactIf(r.record_id, r.object_type != 'suspension' and r.object_type != 'major' and r.local_day > {last_day:Date} - 60)) as minor,
      count() as n
    from events as r final
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = r.person_id
    where r.week >= toMonday({first_day:Date} - 60) and r.week <= {last_day:Date} and r.kind = 'referred' and r.person_role = 'student'
      and r.local_day <= {last_day:Date}
      and r.record_id not in (select record_id from voided where hash = 0)
      and (r.record_id, r.hash) not in (select record_id, hash from voided where hash != 0)
    group by student_id
  ),
  -- of several marks of one subject the last one
  marks as (
    select m.student_id as student_id,
      multiIf(match(lower(m.subject), 'math|algebra|geometry|calculus'), 'mathematics',
        match(lower(m.subject), 'english|language arts|\\bela\\b|reading'), 'english', '') as part,
      -- a letter, else per cent of the greatest mark; a number of an unknown scale says nothing
      argMax(if(match(m.level, '^[A-Za-z]'), upper(m.level) in ('F', 'E', 'U', 'NP', 'NC', 'FAIL'), m.score < 0.6 * ifNull(m.high, 100)),
        (m.day, m.stored_at)) as failing
    from current_scores as m
    where m.kind = 'grade' and m.counts and part != ''
      and (match(m.level, '^[A-Za-z]') or (m.score is not null and (m.high > 0 or m.score > 5)))
      and (m.window = {window:String} or (m.window = '' and m.day between {first_day:Date} and {last_day:Date}))
    group by student_id, part
  ),
  marked as (
    select student_id, arraySort(groupArray(part)) as parts, arraySort(groupArrayIf(part, failing)) as failed from marks group by student_id
  ),
  whole as (
    select a.student_id as student_id, a.school_id as school_id, a.enrolled as enrolled, a.absent as absent,
      r.suspended as suspended, r.minor as minor, m.parts as parts, m.failed as failed,
      sum(a.absent) over (partition by a.school_id) as school_absent,
      sum(r.n) over (partition by a.school_id) as school_referred
    from attended as a
    left any join referred as r on r.student_id = a.student_id
    left any join marked as m on m.student_id = a.student_id
  ),
  fresh as (
    select student_id, school_id, enrolled, absent, suspended, minor, parts, failed,
      if(school_absent = 0 or enrolled < 20, null, absent > 0.1 * enrolled) as attendance,
      if(school_referred = 0, null, suspended >= 1 or minor >= 3) as behaviour,
      if(empty(parts), null, notEmpty(failed)) as course, toUInt8(0) as gone
    from whole
    union all
    select student_id, '', 0, 0, 0, 0, [], [], null, null, null, 1 from student_flags final where term = {term:String}
  )
select
  {term:String} as term, f.student_id as student_id, {begin:Date} as begin_day, {end:Date} as end_day,
  argMin(f.school_id, f.gone) as school_id, any(toString(p.grade)) as grade,
  argMin(f.enrolled, f.gone) as enrolled_days, argMin(f.absent, f.gone) as absent_days,
  argMin(f.suspended, f.gone) as suspensions, argMin(f.minor, f.gone) as referrals,
  argMin(f.failed, f.gone) as failed, argMin(f.parts, f.gone) as marked,
  argMin(tuple(f.attendance), f.gone).1 as attendance, argMin(tuple(f.behaviour), f.gone).1 as behaviour, argMin(tuple(f.course), f.gone).1 as course,
  {computed:UInt64} as computed, min(f.gone) as deleted
from fresh as f
left any join (select person_id, grade from persons final) as p on p.person_id = f.student_id
group by f.student_id
