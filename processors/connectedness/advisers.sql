-- advisers: the adults of every homeroom in the week of Monday {week:Date}; needs attending.sql
  homeroom_adults as (
    select distinct transform(e.person_id, mergers.1, mergers.2, e.person_id) as adviser_id, e.class_id as class_id, e.school_id as school_id
    from enrolments as e final
    where e.role in ('adviser', 'teacher', 'staff', 'tutor', 'mentor', 'community')
      and e.begin_day <= {week:Date} + 6 and e.end_day > {week:Date}
      and e.class_id in (select class_id from classes final where class_type = 'homeroom')
  ),
