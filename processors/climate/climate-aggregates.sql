-- climate_aggregates: how one survey was answered in one window that has ended, in every school and the district
-- Grain    one row per indicator, unit and slice
-- Inputs   instrument, window: String · begin, end: Date, half-open · week:Date Monday of the last day · district:String · computed:UInt64 ·
--          scales, why_not: Array(String), whether a score may be shown ('' = yes) · needed:Array(UInt16) answers for a score ·
--          members_of:Array(Array(String)) the items of each · lows, highs: Array(Int16) ends of its answers · item_ids:Array(String) ·
--          item_lows, item_highs: Array(Int16)
-- Columns  as in the table indicators; n people who answered, enrolled people who could have
-- Source   indicators D1, D4 and 0 (minimum n); E1: under 10 answers nothing but their number, which publishing hides.
--          Differs: the favourable half of a scale without a middle of four steps is its upper half without the middle.
with
  -- include ../statistics/student-t.sql
  -- include responses.sql
  answers as (
    select a.response_id as response_id, toString(a.item_id) as item, toFloat64(assumeNotNull(a.scored)) as scored,
      2 * assumeNotNull(a.scored) > a.min + a.max as favourable
    from survey_answers_counted as a
    where a.instrument = {instrument:String} and a.window = {window:String} and a.state = 'answered' and a.value between a.min and a.max
      and has({item_ids:Array(String)}, toString(a.item_id))
  ),
  given as (
    select response_id, groupArray(item) as ids, groupArray(scored) as scores, groupArray(favourable) as good from answers group by response_id
  ),
  -- (indicator, what it is measured by, value, is it a share)
  measured as (
    select response_id, arrayJoin(arrayConcat(
      [('survey_response', '', toFloat64(1), true)],
      arrayFlatten(arrayMap((id, score, one) -> [('item_score', concat(',item=', id), score, false), ('item_favourable', concat(',item=', id), toFloat64(one), true)],
        ids, scores, good)),
      arrayMap(s -> ('climate_score', concat(',scale=', s.1), s.3 / s.2, false), arrayFilter(s -> s.2 >= s.4,
        arrayMap((scale, of, least) -> (scale, arrayCount(id -> has(of, id), ids), arraySum((id, score) -> if(has(of, id), score, 0), ids, scores), least),
          {scales:Array(String)}, {members_of:Array(Array(String))}, {needed:Array(UInt16)}))))) as m
    from given
  ),
  units as (
    select response_id, who, stored_at, arrayJoin(arrayConcat(
      [('district', {district:String}, '')], if(grade = '' or informant != 'student', [], [('district', {district:String}, concat('grade=', grade, ','))]),
      if(school_id = '', [], [('school', school_id, '')]),
      if(school_id = '' or grade = '' or informant != 'student', [], [('school', school_id, concat('grade=', grade, ','))]))) as u
    from responses
  ),
  -- sums run over sorted arrays, so that no order of arrival changes a bit
  cells as (
    select m.1 as indicator, m.2 as measured_by, u.1 as unit_type, u.2 as unit_id, u.3 as part, any(m.4) as share,
      arraySort(groupArray(m.3)) as values, toUInt32(count()) as n, sumWithOverflow(cityHash64(who)) as members, max(stored_at) as as_of
    from units inner join measured on measured.response_id = units.response_id
    -- single questions are not told by grade: too many small cells, each of which hides others
    where u.3 = '' or m.1 in ('climate_score', 'survey_response')
    group by indicator, measured_by, unit_type, unit_id, part
  ),
  could as (
    select unit_type, unit_id, part, toUInt32(uniqExact(person)) as enrolled from (
      select person, arrayJoin(arrayConcat(
        [('district', {district:String}, ''), ('school', school_id, '')],
        if(grade = '' or informant != 'student', [], [('district', {district:String}, concat('grade=', grade, ',')), ('school', school_id, concat('grade=', grade, ','))]))) as u,
        u.1 as unit_type, u.2 as unit_id, u.3 as part
      from eligible)
    group by unit_type, unit_id, part
  ),
  means as (
    select c.*, k.enrolled as enrolled, arraySum(values) / n as mean,
      if(share, mean * (1 - mean) * n, arraySum(x -> (x - mean) * (x - mean), values)) as squares,
      if(enrolled >= n, 1 - n / enrolled, 1) as missing,
      multiIf(indicator = 'climate_score', transform(measured_by, arrayMap(s -> concat(',scale=', s), {scales:Array(String)}), {why_not:Array(String)}, ''), '') as unreliable,
      multiIf(share, 0, indicator = 'climate_score', transform(measured_by, arrayMap(s -> concat(',scale=', s), {scales:Array(String)}), {lows:Array(Int16)}, toInt16(0)),
        transform(measured_by, arrayMap(i -> concat(',item=', i), {item_ids:Array(String)}), {item_lows:Array(Int16)}, toInt16(0))) as low,
      multiIf(share, 1, indicator = 'climate_score', transform(measured_by, arrayMap(s -> concat(',scale=', s), {scales:Array(String)}), {highs:Array(Int16)}, toInt16(0)),
        transform(measured_by, arrayMap(i -> concat(',item=', i), {item_ids:Array(String)}), {item_highs:Array(Int16)}, toInt16(0))) as high
    from cells as c left any join could as k on k.unit_type = c.unit_type and k.unit_id = c.unit_id and k.part = c.part
  ),
  judged as (
    select *,
      multiIf(n < 10, 'fewer than 10 answers', unreliable != '', unreliable,
        indicator = 'survey_response' and enrolled = 0, 'nobody knows who could have answered',
        indicator = 'survey_response' and n > enrolled, 'more answers than people on the roster',
        not share and squares <= 1e-12 and missing > 0, 'everybody gave the same answer', '') as why,
      sqrt(squares / (n - 1) / n * missing) as se_mean, t_975(n - 1) as t, 1.959963984540054 * 1.959963984540054 as zz,
      (mean + zz / (2 * n)) / (1 + zz / n) as middle,
      1.959963984540054 / (1 + zz / n) * sqrt(mean * (1 - mean) / n + zz / (4 * n * n)) as half
    from means
  ),
  said as (
    select *, why = '' as shown, indicator = 'survey_response' as rate,
      multiIf(rate, n / enrolled, mean) as x,
      multiIf(rate, 0, share, sqrt(mean * (1 - mean) / n), se_mean) as e,
      multiIf(rate, x, share, if(mean = 0, 0, middle - half), greatest(low, mean - t * se_mean)) as from_x,
      multiIf(rate, x, share, if(mean = 1, 1, middle + half), least(high, mean + t * se_mean)) as to_x
    from judged
  )
select
  indicator, toUInt16(1) as version, unit_type, unit_id,
  concat(part, 'informant=', informant, ',instrument=', {instrument:String}, measured_by) as slice,
  {window:String} as period, {week:Date} as week, as_of,
  if(shown, x, null) as value, if(shown, e, null) as se, if(shown, from_x, null) as lo95, if(shown, to_x, null) as hi95,
  n, toFloat64(n) as n_eff, multiIf(shown, 'ok', why = 'families are reported question by question', 'not_applicable', 'insufficient') as status,
  multiIf(not shown, why, enrolled > 0 and 2 * n < enrolled, 'limited: fewer than half answered', enrolled > 0 and n > enrolled, 'more answers than people on the roster', '') as reason,
  enrolled, {computed:UInt64} as computed, toUInt8(0) as deleted, members
from said
order by unit_type, indicator, unit_id, slice
