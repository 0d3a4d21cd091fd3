-- climate_associations: do schools where students feel that they belong more have other figures too? Across schools, published figures only
-- Grain    one row per other view
-- Inputs   snapshot:UInt64 · window:String · begin, end:Date of the survey's window, half-open
-- Columns  view growth, engagement, connectedness · schools with both figures · r Spearman's rank correlation, null where it is not defined ·
--          lo95, hi95 its interval
-- Source   indicators F4, F7; interval by Fisher's z with the standard error of Bonett & Wright 2000, √((1 + r²/2)/(n − 3)). Schools with 20 people
--          or more behind both figures; not those where fewer than half of the students answered. Growth: of the subject and test window that most
--          schools have, the nearest to the survey; active days: mean over the survey's weeks; adult contact: in its last week
with
  school_figures as (select * from published where snapshot = {snapshot:UInt64} and unit_type = 'school'),
  heard as (
    select unit_id as school, extract(toString(slice), 'instrument=([^,]*)') as instrument
    from school_figures
    where indicator = 'survey_response' and startsWith(slice, 'informant=student') and period = {window:String} and status = 'ok' and value >= 0.5
  ),
  climate as (
    select unit_id as school, any(value) as climate
    from school_figures
    where indicator = 'climate_score' and startsWith(slice, 'informant=student') and endsWith(slice, ',scale=belonging') and period = {window:String}
      and status = 'ok' and n >= 20 and (unit_id, extract(toString(slice), 'instrument=([^,]*)')) in (select school, instrument from heard)
    group by school
  ),
  tested as (
    select slice, week from school_figures
    where indicator = 'growth_percentile' and startsWith(slice, 'subject=') and status = 'ok' and n >= 20
    group by slice, week
    order by count() desc, abs(dateDiff('day', week, {end:Date})), slice, week
    limit 1
  ),
  others as (
    select 'growth' as view, unit_id as school, value as other from school_figures
    where indicator = 'growth_percentile' and status = 'ok' and n >= 20 and (slice, week) in (select slice, week from tested)
    union all
    select 'engagement', unit_id, avg(value) from school_figures
    where indicator = 'active_days' and slice = '' and status = 'ok' and n >= 20 and week > {begin:Date} - 7 and week < {end:Date}
    group by unit_id
    union all
    select 'connectedness', unit_id, value from school_figures
    where indicator = 'adult_contact' and slice = '' and status = 'ok' and n >= 20 and week = toMonday({end:Date} - 1)
  ),
  measured as (
    select view, toUInt32(count()) as schools, rankCorr(climate, assumeNotNull(other)) as r
    from others inner join climate on climate.school = others.school
    group by view
  )
select view, schools, if(isFinite(r), r, null) as r,
  if(isFinite(r) and schools > 3, tanh(atanh(r) - 1.959963984540054 * sqrt((1 + r * r / 2) / (schools - 3))), null) as lo95,
  if(isFinite(r) and schools > 3, tanh(atanh(r) + 1.959963984540054 * sqrt((1 + r * r / 2) / (schools - 3))), null) as hi95
from measured
order by view
