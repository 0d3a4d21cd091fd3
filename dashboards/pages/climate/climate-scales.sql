-- climate_scales: can the scores of surveys in one window be relied on, over the district?
-- Grain    one row per survey and scale
-- Inputs   window:String
-- Columns  instrument · scale · contrary items that contradict the others · complete people who answered every question ·
--          straight_lined people of the survey who answered without looking · alpha with its 95 % interval · omega · icc1 · status · reason
-- Source   indicators D (reliability); differs: none
select instrument, scale, contrary, complete, straight_lined, alpha, alpha_lo95, alpha_hi95, omega, icc1, toString(status) as status, reason
from climate_scales final
where window = {window:String}
order by instrument, scale
