-- student_week: what one student did in one week, over all schools and identifiers
-- Grain    one row per person and week; deleted = 1 where nothing is left of a touched person's week
-- Inputs   week:Date (a Monday) · time_zone:String (IANA) · touches:Array(UInt64) (batches of touched) ·
--          whole:Bool (every person of the week, instead of those touched) · computed:UInt64
-- Columns  as in the table student_week
-- Source   indicators B1, B2 (gap rule after Kovanovic et al. 2015); differs: none. Contact durations: union only, no
--          credit for gaps, one record at most 8 hours. Attendance: a record without a section is one of the day. Minutes by
--          mode: the rule of B2 among the events of one mode, where contacts that are no learning activity open no gaps.
with
  30 * 60000 as session_gap_ms,   -- a longer gap ends a session
  10 * 60000 as gap_credit_ms,    -- a shorter one is credited up to this
  60000 as tail_ms,               -- and a session's last event counts this much
  60 * 60000 as learning_cap_ms,  -- longest credited duration of one learning event
  480 * 60000 as contact_cap_ms,  -- and of one contact
  0.8 as pass_score,              -- a lower scaled score is a failed attempt, where the record does not say

  touched_ids as (
    select distinct person_id from touched final
    where week = {week:Date} and touch in {touches:Array(UInt64)} and done = 0
  ),
  touched_people as (
    select distinct if(known, person, person_id) as person
    from touched_ids
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = touched_ids.person_id
  ),
  -- every identifier of a touched person; an identifier that no roster knows is a person of its own
  touched_identifiers as (
    select identifier from person_of final where person_id in (select person from touched_people)
    union all
    select person_id from touched_ids
  ),
  identifiers as (
    select identifier, person_id as person, true as known from person_of final
    where {whole:Bool} or identifier in (select identifier from touched_identifiers)
  ),
  -- an explicit duration that crosses Monday's midnight belongs in part to this week: hence the next week's first day
  facts as (
    select
      if(known, person, person_id) as student_id,
      record_id, week, local_day, stored_at, section, kind = 'absent' as is_absence, subject, choice, kind,
      cityHash64(object) as object_hash, toUInt32(toUnixTimestamp(occurred_at)) as at_s, is_actor as is_own,
      -- an outcome: as the record says, else by the score, as in A6
      has(['answered', 'scored', 'completed'], kind) and (success is not null or score is not null) as has_outcome,
      not ifNull(success, ifNull(score, 0) >= pass_score) as is_failed,
      kind = 'completed' and ifNull(completion, true) or is_learning and ifNull(completion, false) as is_completion,
      toUnixTimestamp64Milli(occurred_at) as end_ms,
      greatest(duration_ms, 0) as length_ms,
      toInt64(toUnixTimestamp(toDateTime(local_day, {time_zone:String}))) * 1000 as midnight_ms,
      (is_actor or kind = 'collaborated') and kind in (
        'started', 'viewed', 'answered', 'completed', 'scored', 'chose', 'goal-set', 'goal-met', 'reflected',
        'asked-help', 'gave-help', 'gave-feedback', 'collaborated') as is_learning,
      notEmpty(counterparts) and kind in (
        'met', 'messaged', 'collaborated', 'asked-help', 'gave-help', 'gave-feedback') as is_contact,
      -- 1 alone, 2 small group, 3 one-to-one, 4 virtual tutor, 5 project team, 6 community; 0: neither learning nor contact.
      -- A teacher whom a record names may not have been there: the record's own mode decides.
      toUInt8(multiIf(
        not (is_learning or is_contact), 0,
        has(counterpart_roles, 'virtual-tutor') or object_type = 'virtual-tutor', 4,
        mode = 'individual' or empty(counterparts) and mode = '', 1,
        hasAny(counterpart_roles, ['community', 'mentor']), 6,
        team != '', 5,
        mode = 'adult' or mode = '' and length(counterparts) = 1 and hasAny(counterpart_roles, ['adviser', 'teacher', 'staff', 'tutor']), 3,
        2)) as with_whom,
      -- what learning tools call attended is an event that somebody went to, and nothing of the school day
      is_actor and (kind = 'absent' or (kind = 'attended' and standard = 'interaction')) as is_attendance
    from events final
    left any join identifiers on identifiers.identifier = events.person_id
    where (week = {week:Date} or (week = {week:Date} + 7 and local_day = {week:Date} + 7 and duration_ms > 0))
      and ({whole:Bool} or person_id in (select identifier from touched_identifiers))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  -- a duration is split at local midnight: (day, from, to) in milliseconds
  pieces as (
    select
      student_id, record_id, stored_at, section, is_learning, is_contact, is_attendance, is_absence, with_whom, is_own, has_outcome,
      is_failed, is_completion, kind, object_hash, at_s, subject, choice,
      least(length_ms, multiIf(is_learning, learning_cap_ms, is_contact, contact_cap_ms, 0)) as credited_ms,
      end_ms - credited_ms as begin_ms,
      arrayJoin(if(begin_ms < midnight_ms,
        [(local_day, midnight_ms, end_ms), (local_day - 1, greatest(begin_ms, midnight_ms - 86400000), midnight_ms)],
        [(local_day, begin_ms, end_ms)])) as piece,
      piece.1 as day,
      -- what was done, not how long: of a record that is split at midnight only the part of its own day, in its own week
      is_own and week = {week:Date} and day = local_day as is_act
    from facts
    where (is_learning or is_contact or is_attendance) and day between {week:Date} and {week:Date} + 6
  ),
  parts as (
    select
      student_id, day, with_whom,
      countIf(is_learning) > 0 as learned,
      countIf(is_contact) > 0 as met,
      groupUniqArrayIf((section, stored_at, is_absence), is_attendance) as said,
      groupUniqArrayIf((piece.2, piece.3, is_learning, is_contact), with_whom > 0) as stretches,
      -- (credited, end so far, does a gap count after it)
      arrayFold(
        (a, x) -> (
          a.1 + greatest(0, x.2 - greatest(x.1, a.2))
            + if(a.2 = 0 or x.1 <= a.2 or not a.3, 0, if(x.1 - a.2 > session_gap_ms, tail_ms, least(x.1 - a.2, gap_credit_ms))),
          greatest(a.2, x.2),
          if(x.2 >= a.2, x.3, a.3)),
        arraySort(stretches), (toInt64(0), toInt64(0), false)) as spent,
      spent.1 + if(spent.3, tail_ms, 0) as mode_ms,
      groupUniqArrayIf(record_id, is_learning) as learning_records,
      groupUniqArrayIf(record_id, is_contact) as contact_records,
      groupArrayIf((object_hash, toDate(day)), is_act and kind = 'started') as starts,
      groupArrayIf((object_hash, toDate(day), toString(subject)), is_act and is_completion) as completions,
      groupArrayIf((object_hash, at_s, is_failed), is_act and has_outcome) as tries,
      groupArrayIf((object_hash, choice = 'chosen'), is_act and kind = 'started' and choice != '') as flagged,
      countIf(is_act and kind = 'asked-help') as help_asked,
      max(stored_at) as newest
    from pieces
    group by student_id, day, with_whom
  ),
  days as (
    select
      student_id, day,
      max(parts.learned) as learned,
      max(parts.met) as met,
      -- (section, stored, absent); of each section the last stored decides, of those stored together an absence
      arraySort(groupArrayArray(parts.said)) as said,
      arrayFilter((x, i) -> i = length(said) or said[i + 1].1 != x.1, said, arrayEnumerate(said)) as decided,
      groupArrayArray(stretches) as all_stretches,
      -- (credited so far, end so far, sessions); the first tail stands in the start value
      arrayFold(
        (a, x) -> (
          a.1 + greatest(0, x.2 - greatest(x.1, a.2))
            + if(a.2 = 0 or x.1 <= a.2, 0, if(x.1 - a.2 > session_gap_ms, tail_ms, least(x.1 - a.2, gap_credit_ms))),
          greatest(a.2, x.2),
          a.3 + if(a.2 > 0 and x.1 - a.2 > session_gap_ms, 1, 0)),
        arraySort(arrayDistinct(arrayMap(x -> (x.1, x.2), arrayFilter(x -> x.3, all_stretches)))),
        (toInt64(tail_ms), toInt64(0), toInt64(1))) as effort,
      arrayFold(
        (a, x) -> (a.1 + greatest(0, x.2 - greatest(x.1, a.2)), greatest(a.2, x.2)),
        arraySort(arrayDistinct(arrayMap(x -> (x.1, x.2), arrayFilter(x -> x.4, all_stretches)))),
        (toInt64(0), toInt64(0))) as contact,
      groupArrayArray(parts.learning_records) as learning_records,
      groupArrayArray(parts.contact_records) as contact_records,
      groupArrayArray(parts.starts) as starts,
      groupArrayArray(parts.completions) as completions,
      groupArrayArray(parts.tries) as tries,
      groupArrayArray(parts.flagged) as flagged,
      sum(parts.help_asked) as help_asked,
      sumForEach(arrayMap(m -> if(with_whom = m, mode_ms, 0), range(1, 7))) as modes,
      max(parts.newest) as newest
    from parts
    group by student_id, day
  ),
  weeks as (
    select
      student_id,
      arraySort(groupArrayIf((day, effort.1), learned)) as by_day,
      sumIf(effort.1, learned) as effort_ms,
      toUInt32(sumIf(effort.3, learned)) as sessions,
      toUInt32(length(groupUniqArrayArray(learning_records))) as events,
      arraySort(groupUniqArrayArray(days.starts)) as starts,
      arraySort(groupUniqArrayArray(days.completions)) as completions,
      arraySort(groupArrayArray(days.tries)) as tries,
      arraySort(groupUniqArrayArray(days.flagged)) as flagged,
      toUInt32(sum(days.help_asked)) as help_asked,
      sumForEach(days.modes) as modes,
      arraySort(groupArrayIf(day, met)) as contact_days,
      sumIf(contact.1, met) as contact_ms,
      toUInt32(length(groupUniqArrayArray(contact_records))) as contacts,
      -- a section's name is never empty: an empty one says that it is the record of the day, which sorts first
      arraySort(groupArrayIf(day, notEmpty(decided) and decided[1].1 = '' and decided[1].3)) as absent_days,
      arraySort(groupArrayIf(
        (day, toUInt16(arrayCount(x -> x.3, decided)), toUInt16(length(decided))),
        notEmpty(decided) and decided[1].1 != '')) as by_class,
      max(newest) as newest,
      toUInt8(0) as gone
    from days
    group by student_id
    having notEmpty(by_day) or notEmpty(contact_days) or notEmpty(absent_days) or notEmpty(by_class)
    union all
    -- without these, a person-week whose records are all voided would keep its old row
    select person, [], 0, 0, 0, [], [], [], [], 0, [0, 0, 0, 0, 0, 0], [], 0, 0, [], [], toDateTime64(0, 3, 'UTC'), 1 from touched_people
    union all
    -- an identifier that was a person of its own until a roster named its person
    select student_id, [], 0, 0, 0, [], [], [], [], 0, [0, 0, 0, 0, 0, 0], [], 0, 0, [], [], toDateTime64(0, 3, 'UTC'), 1 from student_week final
    where week = {week:Date} and student_id in (select identifier from person_of final where identifier != person_id)
  )
select
  {week:Date} as week,
  student_id,
  argMin(arrayMap(x -> x.1, by_day), gone) as learning_days,
  argMin(arrayMap(x -> x.2, by_day), gone) as day_ms,
  argMin(effort_ms, gone) as effort_ms,
  argMin(sessions, gone) as sessions,
  argMin(events, gone) as events,
  argMin(weeks.starts, gone) as starts,
  argMin(weeks.completions, gone) as completions,
  argMin(weeks.tries, gone) as tries,
  argMin(weeks.flagged, gone) as flagged,
  argMin(weeks.help_asked, gone) as help_asked,
  (argMin(modes, gone) as by_mode)[1] as individual_ms,
  by_mode[2] as small_group_ms,
  by_mode[3] as one_to_one_ms,
  by_mode[4] as virtual_tutor_ms,
  by_mode[5] as project_team_ms,
  by_mode[6] as community_ms,
  argMin(contact_days, gone) as contact_days,
  argMin(contact_ms, gone) as contact_ms,
  argMin(contacts, gone) as contacts,
  argMin(absent_days, gone) as absent_days,
  argMin(arrayMap(x -> x.1, by_class), gone) as class_days,
  argMin(arrayMap(x -> x.2, by_class), gone) as class_absences,
  argMin(arrayMap(x -> x.3, by_class), gone) as classes_taken,
  argMin(newest, gone) as newest,
  {computed:UInt64} as computed,
  min(gone) as deleted
from weeks
group by student_id
order by student_id
