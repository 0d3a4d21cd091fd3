-- answers: everything that was answered on scales in one survey and window, as it is scored
-- Grain    one row per response that counts
-- Inputs   instrument, window: String · begin, end: Date, half-open · items:Array(String)
-- Columns  school_id, grade empty: not known · scored one an item of items, reverse-coded ones turned round, null: no answer · straight
--          the same answer to eight items or more of which some are reversed and some not
-- Source   indicators D1; differs: none
with
  -- include responses.sql
  given as (
    select response_id, groupArray(toString(item_id)) as ids, groupArray(toFloat64(assumeNotNull(scored))) as scores,
      count() >= 8 and uniqExact(value) = 1 and countIf(reverse) between 1 and count() - 1 as straight
    from survey_answers_counted
    where instrument = {instrument:String} and window = {window:String} and state = 'answered' and value between min and max
    group by response_id
  )
select r.school_id as school_id, r.grade as grade,
  arrayMap(item -> if(indexOf(g.ids, item) = 0, null, g.scores[indexOf(g.ids, item)]), {items:Array(String)}) as scored,
  toBool(g.straight) as straight
from responses as r inner join given as g on g.response_id = r.response_id
order by school_id, grade, scored
