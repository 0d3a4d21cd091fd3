-- schools: the schools of the district
-- Grain    one row per school
-- Inputs   none
-- Columns  id OneRoster sourcedId · name as the roster says
-- Source   rosters; differs: none
select school_id as id, name from schools final order by name, id
