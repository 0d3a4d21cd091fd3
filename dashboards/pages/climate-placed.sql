-- climate_placed: the responses that count of some surveys in some windows, and to which school each belongs; read before `select`
  toFixedString('', 32) as nobody,
  counted as (
    select instrument, window, response_id, person, student_id, school_id, local_day
    from survey_responses_counted
    where (instrument, window) in arrayZip({instruments:Array(String)}, {windows:Array(String)}) and counts
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
