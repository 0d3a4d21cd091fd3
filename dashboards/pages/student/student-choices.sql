-- student_choices: what one student took of what was offered, as files say; of events student-traces.sql has it
-- Grain    one row per choice
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · week:Date Monday of the newest week
-- Columns  subject · object id of what was taken · day
-- Source   the view current_choices (migration 0012), of which it is the part of one student, by keys instead of a scan; twelve weeks
with newest as (
  select * from choices final
  where choice_id in (
      select choice_id from choices where student_id in (select toFixedString(unhex(arrayJoin({identifiers:Array(String)})), 32)))
    and record_hash = 0
  order by said_at desc, content desc
  limit 1 by choice_id
)
select toString(n.subject) as subject, n.taken as object, toString(n.day) as day
from newest as n
left any join (select source as giver, max(since) as since from plan_lists where kind = 'choice' group by giver) as l on l.giver = n.source
where n.deleted = 0 and lower(hex(n.student_id)) in {identifiers:Array(String)} and n.stored_at >= l.since
  and n.choice = 'chosen' and n.taken != '' and n.day >= {week:Date} - 77 and n.day < {week:Date} + 7
