-- conversations: what advisers recorded of talking with one student
-- Grain    one row per conversation that was not taken back; the newest first, at most {most}
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal · reader:String pseudonym of who reads · most:UInt16
-- Columns  id · at_ms when it ended, milliseconds since 1970 · day local date · minutes 0: not said · topics · strengths · interests · needs ·
--          next_steps · own recorded by the reader · words sealed · note sealed; '' in those that somebody else recorded
-- Source   the view current_conversations (migration 0023), of which it is the part of one student, by its key
with
  arrayMap(x -> toFixedString(unhex(x), 32), {identifiers:Array(String)}) as students,
  toFixedString(unhex({reader:String}), 32) as reader,
  (select groupArray(identifier) from person_of final where person_id = reader) as readers
select toString(conversation_id) as id, toFloat64(toUnixTimestamp64Milli(at)) as at_ms, toString(day) as day, minutes, topics, strengths,
  interests, needs, next_steps, author_id = reader or has(readers, author_id) as own, sealed_text as words, if(own, sealed_note, '') as note
from conversations final
where student_id in (select arrayJoin(students)) and conversation_id not in (select record_id from voided where hash = 0)
order by at desc, conversation_id
limit {most:UInt16}
