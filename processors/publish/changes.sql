-- changes: how the students behind a draft's figures differ from those of every earlier release of the same table
-- Grain    one row per indicator, week and earlier release
-- Inputs   snapshot:UInt64 (of the draft) · weeks:Array(Date)
-- Columns  indicator · week · same every cell has the same students, as many of them enrolled · apart every cell has the same students, or at least 10
--          students came or went
-- Source   indicators E4. Differs: of students only a sum of hashes is kept, so that where it differs, at least as many
--          came or went as the numbers differ by; and a table is held against all earlier ones, not only the last.
with
  released as (
    select m.indicator as indicator, m.week as week, m.snapshot as release, m.unit_type as unit_type, m.unit_id as unit_id, m.slice as slice,
      m.n as n, m.enrolled as enrolled, m.members as members
    from published_members as m final
    where m.week in {weeks:Array(Date)} and m.snapshot in (select snapshot from snapshots final where complete)
  ),
  both_sides as (
    select indicator, week, release, unit_type, unit_id, slice, n as n_before, enrolled as enrolled_before, members as members_before,
      0 as n_now, 0 as enrolled_now, 0 as members_now
    from released
    union all
    select d.indicator, d.week, r.release, d.unit_type, d.unit_id, d.slice, 0, 0, 0, d.n, d.enrolled, d.members
    from publishing as d
    inner join (select distinct indicator, week, release from released) as r on r.indicator = d.indicator and r.week = d.week
    where d.snapshot = {snapshot:UInt64} and d.week in {weeks:Array(Date)}
  ),
  -- without a sum of hashes nobody can say that the students are the same, unless there are none
  compared as (
    select indicator, week, release, sum(n_before) as before, sum(n_now) as now,
      before = now and sum(enrolled_before) = sum(enrolled_now) and sum(members_before) = sum(members_now) and (before = 0 or sum(members_now) != 0) as alike
    from both_sides
    group by indicator, week, release, unit_type, unit_id, slice
  )
select indicator, week, toBool(min(alike)) as same, toBool(min(alike or abs(toInt64(now) - toInt64(before)) >= 10)) as apart
from compared
group by indicator, week, release
