-- placed: the growth of one test, subject and window that students have in the indicator `measured`, once for every unit that they
-- count for: the district, a school, the classes and advisories in which they are enrolled on the day of the test
  known as (
    select student_id, value, band, grade, day, school_id, window_begin, as_of, status, reason
    from student_growth final
    where indicator = measured and test = {test:String} and subject = {subject:String} and window = {window:String}
  ),
  -- include ./class-members.sql
  placed as (
    select 'district' as unit_type, {district:String} as unit_id, known.* from known
    union all
    select 'school', school_id, known.* from known where school_id != ''
    union all
    select distinct members.unit_type, members.class_id, known.*
    from known inner join members on members.student_id = known.student_id
    where members.begin_day <= known.day and known.day < members.end_day
  ),
