-- live_classes: the live figures of every class and advisory of one school in one week, without slices
-- Grain    one row per indicator and class
-- Inputs   school:String, week:Date (a Monday)
-- Columns  as in published-figures.sql · label class code
-- Source   section 0; for readers of that school's tier, or of that advisory's, only; differs: none
with of_school as (select class_id, label from classes final where school_id = {school:String})
select i.indicator as indicator, i.unit_type as unit_type, i.unit_id as unit_id, c.label as label, i.week as week,
  i.value as value, i.lo95 as lo95, i.hi95 as hi95, i.n as n, i.enrolled as enrolled, i.status as status, i.reason as reason
from indicators as i final
inner join of_school as c on c.class_id = i.unit_id
where i.unit_type in ('class', 'advisory') and i.week = {week:Date} and i.slice = ''
order by unit_type, label, unit_id, indicator
