-- published_classes: the published figures of every class and advisory of one school in one week, without slices
-- Grain    one row per indicator and class
-- Inputs   snapshot:UInt64, school:String, week:Date (a Monday)
-- Columns  as in published-figures.sql · label class code
-- Source   indicators E; differs: none
with of_school as (select class_id, label from classes final where school_id = {school:String})
select p.indicator as indicator, p.unit_type as unit_type, p.unit_id as unit_id, c.label as label, p.week as week,
  p.value as value, p.lo95 as lo95, p.hi95 as hi95, p.n as n, p.enrolled as enrolled, p.status as status, p.reason as reason
from published as p
inner join of_school as c on c.class_id = p.unit_id
where p.snapshot = {snapshot:UInt64} and p.unit_type in ('class', 'advisory') and p.week = {week:Date} and p.slice = ''
order by unit_type, label, unit_id, indicator
