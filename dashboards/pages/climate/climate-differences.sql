-- climate_differences: differences of one unit's figures between voices and since the window before
-- Grain    one row per kind, survey, other survey and subject
-- Inputs   window:String · unit_type, unit_id: String (unit_id empty: any, of the district there is one)
-- Columns  as in the table climate_differences
-- Source   indicators D4, F7; to be shown only beside published figures that have a value and agree with it
select toString(kind) as kind, toString(instrument) as instrument, toString(other_instrument) as other_instrument, toString(other_window) as other_window,
  toString(subject) as subject, value, lo95, hi95, q, limited
from climate_differences final
where window = {window:String} and unit_type = {unit_type:String} and ({unit_id:String} = '' or unit_id = {unit_id:String})
order by kind, instrument, other_instrument, subject
