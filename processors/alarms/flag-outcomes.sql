-- flag_outcomes: how often flags of one term were right about the next
-- Grain    one row per flag and slice
-- Inputs   term:String, next:String terms
-- Columns  flag · slice · hits, alarms, misses, rests as in the table flag_outcomes · deleted 1: nobody is left in it
-- Source   indicators B9; differs: off track is below 90 % attendance or failing english or mathematics in the next term. A referral is
--          no outcome: it is what adults did, and would make the flag for behaviour right by itself.
with
  pairs as (
    select f.student_id as student_id,
      [('attendance', f.attendance), ('behaviour', f.behaviour), ('course', f.course),
        ('any', multiIf(f.attendance or f.behaviour or f.course, true, isNull(f.attendance) and isNull(f.behaviour) and isNull(f.course), null, false))] as flags,
      multiIf(n.attendance or n.course, true, isNull(n.attendance) and isNull(n.course), null, false) as off_track,
      arrayConcat([''], if(f.grade = '', [], [concat('grade=', f.grade)]),
        arrayMap(g -> concat(g.1, '=', g.2), arrayFilter(g -> g.2 != '', JSONExtractKeysAndValues(p.groups, 'String')))) as slices
    from (select * from student_flags final where term = {term:String}) as f
    inner join (select * from student_flags final where term = {next:String}) as n on n.student_id = f.student_id
    left any join (select person_id, groups from persons final) as p on p.person_id = f.student_id
  ),
  judged as (
    select said.1 as flag, said.2 as flagged, off_track, arrayJoin(slices) as slice from pairs array join flags as said
    where isNotNull(off_track) and isNotNull(said.2)
  ),
  fresh as (
    select flag, slice, toUInt32(countIf(flagged and off_track)) as hits, toUInt32(countIf(flagged and not off_track)) as alarms,
      toUInt32(countIf(not flagged and off_track)) as misses, toUInt32(countIf(not flagged and not off_track)) as rests, toUInt8(0) as gone
    from judged group by flag, slice
    union all
    select flag, slice, 0, 0, 0, 0, 1 from flag_outcomes final where term = {term:String}
  )
select toString(flag) as flag, slice, argMin(f.hits, gone) as hits, argMin(f.alarms, gone) as alarms, argMin(f.misses, gone) as misses,
  argMin(f.rests, gone) as rests, min(f.gone) as deleted
from fresh as f
group by flag, slice
order by flag, slice
