-- people: every identifier that the roster knows, with its person and that person's role; ids of students and of everybody known as sets
  people as (
    select i.identifier as identifier, i.person as person, p.role as role
    from (
      select identifier, person_id as person from person_of final
      union all
      select person_id, person_id from persons final where person_id not in (select identifier from person_of final)
    ) as i
    inner join (select person_id, role from persons final where role not in ('', 'unknown')) as p on p.person_id = i.person
  ),
