-- group: one class or advisory of the roster
-- Grain    one row, or none
-- Inputs   id:String
-- Columns  id OneRoster sourcedId · type class or advisory · label class code · school its school's id · subjects · grades
-- Source   rosters; differs: none
select class_id as id, if(class_type = 'homeroom', 'advisory', 'class') as type, label, school_id as school, subjects, grades
from classes final
where class_id = {id:String}
