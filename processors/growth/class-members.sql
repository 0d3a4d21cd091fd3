-- members: in which classes and advisories students are enrolled, and when; merged persons as one
  members as (
    select e.class_id as class_id, if(c.class_type = 'homeroom', 'advisory', 'class') as unit_type, e.begin_day as begin_day,
      e.end_day as end_day, if(p.known, p.person, e.person_id) as student_id
    from enrolments as e final
    inner join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = e.person_id
    where e.role = 'student'
  ),
