-- student_tags: what conversations with one student's adviser noted, in a few words each
-- Grain    one row per kind and words; the last noted first
-- Inputs   identifiers:Array(String) pseudonyms of the student, hexadecimal
-- Columns  kind strength, interest, need · tag · day it was noted last · times noted
-- Source   conversation_tags (migration 0023); differs: none
select kind, tag, toString(max(day)) as last_day, toUInt32(count()) as times
from conversation_tags
where said_of in (select toFixedString(unhex(arrayJoin({identifiers:Array(String)})), 32)) and kind in ('strength', 'interest', 'need')
group by kind, tag
order by max(day) desc, tag
