-- threshold_points: published figures of everything that has a threshold
-- Grain    one row per subscription and week
-- Inputs   from:Date   (Monday)
-- Columns  subscription · week Monday · value, lo95, hi95 in the indicator's unit · n students
-- Source   published, newest complete snapshot; of what is suppressed, or rests on fewer students than the subscription asks, nothing
with (select max(snapshot) from snapshots final where complete) as newest
select toString(s.subscription_id) as subscription, p.week as week, assumeNotNull(p.value) as value, assumeNotNull(p.lo95) as lo95,
  assumeNotNull(p.hi95) as hi95, p.n as n
from (
  select indicator, unit_type, if(unit_type = 'district', '', unit_id) as unit_id, week, value, lo95, hi95, toUInt32(assumeNotNull(n)) as n
  from published
  where snapshot = newest and slice = '' and status = 'ok' and week >= {from:Date} and unit_type in ('school', 'district')
    and value is not null and lo95 is not null and hi95 is not null and n is not null
    and indicator in (select indicator from {identity:Identifier}.subscriptions final where ended = 0 and kind = 'threshold')
) as p
inner join (
  select subscription_id, indicator, unit_type, unit_id, least_n
  from {identity:Identifier}.subscriptions final
  where ended = 0 and kind = 'threshold'
) as s on s.indicator = p.indicator and s.unit_type = p.unit_type and s.unit_id = p.unit_id
where p.n >= s.least_n
order by subscription, week
