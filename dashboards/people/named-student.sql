-- named_student: does a text hold the full name of a student?
-- Grain    one row, or none
-- Inputs   text:String lower case, words with one blank between and around them · school:String sourcedId, '' all schools
-- Columns  found 1
-- Source   rosters, identity.people. Given name, or its first word, and family name, in either order; students of any time, so that one
--          who has left is not named either. Nothing says who it is.
with
  students as (
    select person_id from persons final where role = 'student'
      and ({school:String} = '' or person_id in (
        select person_id from enrolments final where school_id = {school:String} and role = 'student'
        union all
        select person_id from person_of final where identifier in (
          select person_id from enrolments final where school_id = {school:String} and role = 'student')))
  ),
  names as (
    select
      trim(replaceRegexpAll(lowerUTF8(normalizeUTF8NFC(given_name)), '[^\\p{L}\\p{M}\\p{N}]+', ' ')) as given,
      trim(replaceRegexpAll(lowerUTF8(normalizeUTF8NFC(family_name)), '[^\\p{L}\\p{M}\\p{N}]+', ' ')) as family
    from {identity:Identifier}.people final
    where person_id in (select person_id from students)
  )
select 1 as found from names
where given != '' and family != '' and (
  position({text:String}, concat(' ', given, ' ', family, ' ')) > 0
  or position({text:String}, concat(' ', family, ' ', given, ' ')) > 0
  or position({text:String}, concat(' ', splitByChar(' ', given)[1], ' ', family, ' ')) > 0
  or position({text:String}, concat(' ', family, ' ', splitByChar(' ', given)[1], ' ')) > 0)
limit 1
