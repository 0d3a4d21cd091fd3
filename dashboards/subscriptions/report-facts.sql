-- report_facts: what a monthly mail says of the units that have one, from the last published week of the month before
-- Grain    one row per unit and indicator
-- Inputs   from:Date, to:Date [from, to) of the month before · indicators:Array(String)
-- Columns  unit_type · unit_id, of the district '' · week Monday · indicator · value, lo95, hi95 in its unit · n students
-- Source   published, newest complete snapshot; without what is suppressed
with
  (select max(snapshot) from snapshots final where complete) as newest,
  figures as (
    select p.unit_type as unit_type, if(p.unit_type = 'district', '', p.unit_id) as unit, p.week as week, p.indicator as indicator,
      p.value as value, p.lo95 as lo95, p.hi95 as hi95, p.n as n
    from published as p
    where p.snapshot = newest and p.slice = '' and p.status = 'ok' and p.week >= {from:Date} and p.week < {to:Date}
      and p.value is not null and p.lo95 is not null and p.hi95 is not null and p.n is not null
      and p.unit_type in ('school', 'district') and p.indicator in {indicators:Array(String)}
      and (p.unit_type, if(p.unit_type = 'district', '', p.unit_id)) in (
        select unit_type, unit_id from {identity:Identifier}.subscriptions final where ended = 0 and kind = 'report')
  )
select toString(unit_type) as unit_type, unit as unit_id, week, toString(indicator) as indicator, assumeNotNull(value) as value,
  assumeNotNull(lo95) as lo95, assumeNotNull(hi95) as hi95, toUInt32(assumeNotNull(n)) as n
from figures
where (unit_type, unit, week) in (select unit_type, unit, max(week) from figures group by unit_type, unit)
order by unit_type, unit_id, indicator
