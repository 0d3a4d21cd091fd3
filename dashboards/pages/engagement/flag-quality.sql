-- flag_quality: how often flags of the last term with an outcome were right
-- Grain    one row per flag and slice with enough students to be said
-- Inputs   none
-- Columns  term · flag · slice · flagged, off_track students · precision_lo, precision_hi, recall_lo, recall_hi 95 % (Wilson) · mcc
-- Source   indicators B9, E1; differs: of everybody from 10 students on, of a subgroup from 30 in each of the margins, so that no count
--          of a few can be worked out
select o.term as term, toString(o.flag) as flag, o.slice as slice, o.hits + o.alarms as flagged, o.hits + o.misses as off_track,
  precision_lo, precision_hi, recall_lo, recall_hi, mcc
from flag_outcomes as o final
where o.term = (
    select argMax(t.term, t.begin_day) from (select term, any(begin_day) as begin_day from student_flags group by term) as t
    where t.term in (select term from flag_outcomes final where hits + alarms + misses + rests > 0)
  )
  and least(o.hits + o.alarms, o.hits + o.misses, o.alarms + o.rests, o.misses + o.rests) >= if(o.slice = '', 10, 30)
order by flag = 'any' desc, flag, slice
