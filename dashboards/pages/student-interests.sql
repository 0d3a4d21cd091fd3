-- student_interests: what one student started or took by their own choice
-- Grain    one row per subject ('' = not said); most chosen first
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · week:Date Monday of the newest week
-- Columns  subject · chosen activities · last_day · examples ids of the latest, newest first, at most 3
-- Source   events of the twelve weeks up to the newest week whose choice is the learner's, and choices of files (current_choices)
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as own,
  taken as (
    select subject, object, max(local_day) as day from (
      select toString(subject) as subject, object, local_day from events final
      where week > {week:Date} - 84 and week <= {week:Date} and person_id in (select arrayJoin(own))
        and is_actor and choice = 'chosen' and kind in ('started', 'chose') and object != ''
        and record_id not in (select record_id from voided where hash = 0)
        and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
      union all
      select toString(n.subject), n.taken, n.day
      from (
        select * from choices final
        where choice_id in (select choice_id from choices where student_id in (select arrayJoin(own)))
          and record_hash = 0
        order by said_at desc, content desc
        limit 1 by choice_id
      ) as n
      left any join (select source as giver, max(since) as since from plan_lists where kind = 'choice' group by giver) as l on l.giver = n.source
      where n.deleted = 0 and has(own, n.student_id) and n.stored_at >= l.since and n.choice = 'chosen' and n.taken != ''
        and n.day > {week:Date} - 77 and n.day < {week:Date} + 7
    )
    group by subject, object
  )
select subject, toUInt32(count()) as chosen, toString(max(day)) as last_day,
  arrayMap(x -> x.2, arraySlice(arrayReverseSort(groupArray((day, object))), 1, 3)) as examples
from taken
group by subject
order by chosen desc, subject
