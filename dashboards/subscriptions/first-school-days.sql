-- first_school_days: the first school day of a month, by school and for the district
-- Grain    one row per school, and one for the district ('')
-- Inputs   from:Date, to:Date   (first of the month, [from, to))
-- Columns  school sourcedId or '' · day
-- Source   calendar, as processors/engagement/attending.sql reads it: the school's own entry, else the district's, else Monday to Friday
with
  days as (select toDate({from:Date}) + number as day from numbers(toUInt64({to:Date} - {from:Date}))),
  units as (select school_id from schools final union all select ''),
  said as (
    select school_id, day, school_day from calendar final where day >= {from:Date} and day < {to:Date}
  )
select u.school_id as school, min(u.day) as day
from (select school_id, day from units cross join days) as u
left any join (select school_id, day, school_day, true as is_said from said) as own on own.school_id = u.school_id and own.day = u.day
left any join (select day, school_day, true as is_said from said where school_id = '') as everybody on everybody.day = u.day
where if(own.is_said, own.school_day, if(everybody.is_said, everybody.school_day, toDayOfWeek(u.day) <= 5))
group by u.school_id
