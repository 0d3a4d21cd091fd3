-- climate_questions: the questions of surveys as they were asked in one window
-- Grain    one row per survey and question
-- Inputs   window:String
-- Columns  instrument · informant · item · position in the survey · text JSON by language, in the newest version that was answered · wordings how
--          many wordings were answered · domain · kind scale, text · min, max ends of the scale · labels JSON by language, one a step · reverse
-- Source   schemas/survey.ts; where no answers are kept any more: of every version that declares the window
with answered as (select distinct instrument, version from survey_responses where window = {window:String})
select instrument, any(informant) as informant, id as item, argMax(nth, ver) as position, argMax(wording, ver) as text,
  toUInt16(uniqExact(wording)) as wordings, argMax(about, ver) as domain, argMax(answer_kind, ver) as kind, argMax(lowest, ver) as min,
  argMax(highest, ver) as max, argMax(steps, ver) as labels, argMax(turned, ver) as reverse
from (
  select instrument, version, informant, ver, item.id as ids, item.text as texts, item.domain as domains, item.kind as kinds, item.min as mins,
    item.max as maxs, item.labels as labels_of, item.reverse as reverses
  from survey_instruments final
  where (instrument, version) in answered or (instrument not in (select instrument from answered) and has(window.id, {window:String}))
)
array join ids as id, arrayEnumerate(ids) as nth, texts as wording, domains as about, kinds as answer_kind, mins as lowest, maxs as highest,
  labels_of as steps, reverses as turned
group by instrument, id
order by instrument, position
