-- annotations: notes on charts that are in force
-- Grain    one row per note
-- Inputs   none
-- Columns  id · unit_type school or district · unit_id sourcedId, of the district '' · from, to local days · text · account who wrote it
-- Source   entries of the topic actions; differs: none
select toString(annotation_id) as id, toString(unit_type) as unit_type, unit_id, first_day as from, last_day as to, text, account_id as account
from annotations final
where taken_back = 0
order by first_day, last_day, annotation_id
