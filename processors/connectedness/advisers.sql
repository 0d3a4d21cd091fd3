-- homeroom_adults: the adults of every homeroom in the week of Monday {week:Date}
  (select (groupArray(person_id), groupArray(into_id)) from merged_persons final) as merged,
  homeroom_adults as (
    select distinct transform(e.person_id, merged.1, merged.2, e.person_id) as adviser_id, e.class_id as class_id, e.school_id as school_id
    from enrolments as e final
    where e.role in ('adviser', 'teacher', 'staff', 'tutor', 'mentor', 'community')
      and e.begin_day <= {week:Date} + 6 and e.end_day > {week:Date}
      and e.class_id in (select class_id from classes final where class_type = 'homeroom')
  ),
