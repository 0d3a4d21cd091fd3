-- responses: who answered survey {instrument:String} in window {window:String} (asked on [begin:Date, end:Date)), where and in which grade;
-- eligible: who could have, by school and grade
  toFixedString('', 32) as nobody,
  (select (groupArray(person_id), groupArray(into_id)) from merged_persons final) as mergers,
  (select any(informant) from survey_instruments final where instrument = {instrument:String}) as informant,
  counted as (
    select r.response_id as response_id, r.person as person, r.school_id as said_school, r.grade as said_grade, r.local_day as local_day,
      r.stored_at as stored_at,
      -- a family answers about its student, whose school and grade count
      if(informant = 'family', if(p.known, p.to_person, r.student_id), r.person) as about
    from survey_responses_counted as r
    left any join (select identifier, person_id as to_person, true as known from person_of final) as p on p.identifier = r.student_id
    where r.instrument = {instrument:String} and r.window = {window:String} and r.counts
  ),
  places as (
    select transform(e.person_id, mergers.1, mergers.2, e.person_id) as person, e.school_id as school_id, e.begin_day as begin_day, e.end_day as end_day,
      c.class_type != 'homeroom' as other
    from enrolments as e final
    left any join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
    where (e.role = 'student') = (informant != 'staff') and e.begin_day < {end:Date} and e.end_day > {begin:Date}
  ),
  -- the homeroom's school before others, then the lowest id; staff of several schools belong to none unless they say so
  stays as (
    select c.response_id as response_id, if(informant = 'staff' and uniqExact(e.school_id) > 1, '', argMin(e.school_id, (e.other, e.school_id))) as school_id
    from counted as c inner join places as e on e.person = c.about
    where c.about != nobody and e.begin_day <= c.local_day and c.local_day < e.end_day
    group by response_id
  ),
  grades as (select person_id, grade from persons final where role = 'student'),
  responses as (
    select c.response_id as response_id, if(c.person = nobody, toString(c.response_id), hex(c.person)) as who, c.stored_at as stored_at,
      if(c.said_school != '', c.said_school, s.school_id) as school_id,
      multiIf(informant = 'staff', '', c.said_grade != '', c.said_grade, g.grade) as grade
    from counted as c
    left any join stays as s on s.response_id = c.response_id
    left any join grades as g on g.person_id = c.about
  ),
  -- a survey that some grades are not asked is not one that they did not answer
  (select if(countIf(grade = '') > 0 or informant != 'student', [], groupUniqArray(grade)) from responses) as asked_grades,
  eligible as (
    select distinct e.person as person, e.school_id as school_id, if(informant = 'staff', '', g.grade) as grade
    from places as e left any join grades as g on g.person_id = e.person
    where empty(asked_grades) or has(asked_grades, g.grade)
  ),
