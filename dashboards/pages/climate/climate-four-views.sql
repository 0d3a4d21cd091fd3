-- climate_four_views: published figures of a school and the district that stand beside how school feels, over all years
-- Grain    one row per view, unit, slice and week or window
-- Inputs   snapshot:UInt64, unit_id:String (empty: the district alone)
-- Columns  view climate, growth, engagement, connectedness · unit school, district · series what it is measured by · week Monday, of a survey its
--          last · value, lo95, hi95 in the indicator's unit · n people · status · reason
-- Source   indicators A2, B1, C2, D3, E; a test's mean growth percentile is its subjects' one by one; differs: none
select multiIf(indicator = 'climate_score', 'climate', indicator = 'growth_percentile', 'growth', indicator = 'active_days', 'engagement', 'connectedness')
    as view,
  toString(unit_type) as unit, toString(slice) as series, toString(week) as week, value, lo95, hi95, n, toString(status) as status, toString(reason) as reason
from published
where snapshot = {snapshot:UInt64} and (unit_type = 'district' or (unit_type = 'school' and unit_id = {unit_id:String})) and (
  (indicator in ('active_days', 'adult_contact') and slice = '')
  or (indicator = 'growth_percentile' and startsWith(slice, 'subject='))
  or (indicator = 'climate_score' and startsWith(slice, 'informant=student') and endsWith(slice, ',scale=belonging')))
order by view, series, unit, week
