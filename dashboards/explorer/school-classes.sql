-- school_classes: classes and advisories of a school, of one grade or of all
-- Grain    one row per class
-- Inputs   school:String, grade:String (empty: any)
-- Columns  id OneRoster sourcedId · type class or advisory · label class code
-- Source   rosters; differs: none
select class_id as id, if(class_type = 'homeroom', 'advisory', 'class') as type, label
from classes final
where school_id = {school:String} and ({grade:String} = '' or has(grades, {grade:String}))
order by type, label, id
