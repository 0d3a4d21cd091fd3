-- published_weeks: which weeks does a snapshot have?
-- Grain    one row per week
-- Inputs   snapshot:UInt64
-- Columns  week Monday · ok true if the district has at least one figure
-- Source   section 0; differs: none
select week, toBool(max(status = 'ok')) as ok
from published
where snapshot = {snapshot:UInt64} and unit_type = 'district' and slice = ''
group by week
order by week
