-- climate_placed: the responses of some surveys in some windows, the last of each person, and to which school it belongs.
-- Answers are not read: in a large district that takes seconds. So a response without any answer is one, which is no response in figures
  toFixedString('', 32) as nobody,
  of_windows as (
    select r.instrument as instrument, r.window as window, r.response_id as response_id, r.person_id as person_id, r.student_id as student_id,
      r.school_id as school_id, r.local_day as local_day, r.answered_at as answered_at, r.stored_at as stored_at
    from (select * from survey_responses final where (instrument, window) in arrayZip({instruments:Array(String)}, {windows:Array(String)})) as r
    left join (select source, instrument, window, since from survey_exports final) as e
      on e.source = r.source and e.instrument = r.instrument and e.window = r.window
    where r.stored_at >= e.since
  ),
  counted as (
    select o.instrument as instrument, o.window as window, o.response_id as response_id, if(p.known, p.to_person, o.person_id) as person,
      o.student_id as student_id, o.school_id as school_id, o.local_day as local_day
    from of_windows as o
    left any join (select identifier, person_id as to_person, true as known from person_of final) as p on p.identifier = o.person_id
    order by o.answered_at desc, o.stored_at desc, o.response_id desc
    limit 1 by instrument, window, person, student_id, if(person = nobody, response_id, toUUID('00000000-0000-0000-0000-000000000000'))
  ),
  voices as (select instrument, any(informant) as informant from survey_instruments final group by instrument),
  told as (
    select c.instrument as instrument, c.window as window, c.response_id as response_id, c.school_id as school_id, c.local_day as local_day,
      v.informant as informant, if(v.informant = 'family', if(p.known, p.to_person, c.student_id), c.person) as about
    from counted as c
    inner join voices as v on v.instrument = c.instrument
    left any join (select identifier, person_id as to_person, true as known from person_of final) as p on p.identifier = c.student_id
  ),
  lessons as (
    select e.person_id as person_id, e.school_id as school_id, e.role as role, e.begin_day as begin_day, e.end_day as end_day, c.class_type != 'homeroom' as other
    from enrolments as e final left any join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
  ),
  -- the homeroom's school before others; staff of several schools belong to none unless they say so
  stays as (
    select t.response_id as response_id, if(any(t.informant) = 'staff' and uniqExact(e.school_id) > 1, '', argMin(e.school_id, (e.other, e.school_id))) as stay
    from told as t inner join lessons as e on e.person_id = t.about
    where t.school_id = '' and t.about != nobody and (e.role = 'student') = (t.informant != 'staff') and e.begin_day <= t.local_day and t.local_day < e.end_day
    group by response_id
  ),
  placed as (
    select t.instrument as instrument, t.window as window, t.response_id as response_id, t.informant as informant, if(t.school_id != '', t.school_id, s.stay) as place
    from told as t left any join stays as s on s.response_id = t.response_id
  )
