-- item_wordings: the questions of surveys, as they are asked in the newest version
-- Grain    one row per survey and question
-- Inputs   none
-- Columns  instrument · item · text JSON by language
-- Source   schemas/survey.ts; differs: none
select instrument, id as item, argMax(wording, ver) as text
from (select instrument, ver, item.id as ids, item.text as texts from survey_instruments final)
array join ids as id, texts as wording
group by instrument, id
