-- school_advisers: what each adviser of one school carries
-- Grain    one row per adviser
-- Inputs   school:String, week:Date (a Monday)
-- Columns  id pseudonym, hexadecimal · labels of the homerooms · advisees · active has logged a meeting in the last 8 weeks
-- Source   indicators C3 (adviser_load); for the school's principal: what tells of single students is left out
select lower(hex(l.adviser_id)) as id, arraySort(groupArray(c.label)) as labels, any(l.advisees) as advisees, any(l.active) as active
from (select adviser_id, advisees, active, arrayJoin(class_ids) as class_id from adviser_load final
  where week = {week:Date} and school_id = {school:String}) as l
left any join (select class_id, label from classes final) as c on c.class_id = l.class_id
group by id
order by id
