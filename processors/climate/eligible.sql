-- eligible: how many could have answered a survey, by school and grade
-- Grain    one row per school and grade with anybody
-- Inputs   instrument, window: String · begin, end: Date, half-open
-- Columns  school_id · grade empty: not known, or staff · people enrolled in the window, each in every school they were in
-- Source   indicators D1 (N); differs: none
with
  -- include responses.sql
  everybody as (select school_id, grade, person from eligible)
select school_id, grade, toFloat64(uniqExact(person)) as people from everybody group by school_id, grade order by school_id, grade
