-- mixing: ties between and within groups of students at the end of one week, in schools and the district
-- Grain    one row per unit and attribute
-- Inputs   week:Date (a Monday) · district:String · least:UInt32 students that a group must have
-- Columns  unit_type · unit_id · attribute band, or a name of persons.groups · names, sizes: groups with enough students, sorted ·
--          students in them · members hash of them · enrolled · cells Array((kind 1 only by assigned or led contacts, 2 also
--          without, place of the one group, of the other, ties)), places from 1, the first not above the second
-- Source   indicators C6; what a roster says with true alone is false of whom it does not say it
with
  people as (
    select c.student_id as student_id, arrayConcat([('district', {district:String})],
        arrayMap(s -> ('school', s.1), arrayFilter(s -> bitAnd(s.2, s.3) > 0 and bitCount(s.3) >= 2, c.schools))) as units,
      c.band as band, c.ties as ties, c.kinds as kinds, JSONExtractKeysAndValues(g.groups, 'String') as said
    from (
      select student_id, schools, band, arrayFilter((p, kind) -> kind > 0 and p > student_id, peers, peer_kinds) as ties,
        arrayFilter((kind, p) -> kind > 0 and p > student_id, peer_kinds, peers) as kinds
      from student_connectedness final where week = {week:Date} and peers_known
    ) as c
    left any join (select person_id, groups from persons final) as g on g.person_id = c.student_id
  ),
  attributes as (
    select pair.1 as name, uniqExact(pair.2) = 1 and any(pair.2) = 'true' as only_true from people array join said as pair group by name
  ),
  (select arraySort(groupArray((name, only_true))) from attributes) as named,
  placed as (
    select student_id, units, ties, kinds, x.1 as attribute, x.2 as own
    from people
    array join arrayConcat(
      [('band', if(band = 0, '', toString(band)))],
      arrayMap(a -> (a.1, coalesce(nullIf(arrayFirst(s -> s.1 = a.1, said).2, ''), if(a.2, 'false', ''))), named)) as x
    where own != ''
  ),
  groups as (
    select unit, attribute, own, count() as n, sumWithOverflow(cityHash64(student_id, 1.)) as members, arraySort(groupArray(student_id)) as ids
    from placed array join units as unit
    group by unit, attribute, own
    having n >= {least:UInt32}
  ),
  listed as (
    select unit, attribute, arraySort(groupArray((own, toUInt32(n)))) as list, toUInt32(sum(n)) as students, sumWithOverflow(groups.members) as members
    from groups group by unit, attribute
  ),
  edges as (
    select unit, attribute, kind, least(one, two) as low, greatest(one, two) as high, toUInt32(count()) as edges
    from (
      select p.unit as unit, p.attribute as attribute, kind, indexOf(arrayMap(x -> x.1, l.list), p.own) as one,
        indexOf(arrayMap(x -> x.1, l.list), q.own) as two
      from (select units, attribute, own, tie, kind, arrayJoin(units) as unit from placed array join ties as tie, kinds as kind) as p
      inner join (select student_id, units, attribute, own from placed) as q on q.student_id = p.tie and q.attribute = p.attribute
      inner join listed as l on l.unit = p.unit and l.attribute = p.attribute
      where has(q.units, p.unit) and one > 0 and two > 0
    )
    group by unit, attribute, kind, low, high
  ),
  of_units as (select unit, toUInt32(count()) as enrolled from people array join units as unit group by unit),
  every as (select unit, enrolled, arrayJoin(arrayConcat(['band'], arrayMap(a -> a.1, named))) as attribute from of_units)
select e.unit.1 as unit_type, e.unit.2 as unit_id, e.attribute as attribute, arrayMap(x -> x.1, l.list) as names, arrayMap(x -> x.2, l.list) as sizes,
  l.students as students, toString(l.members) as members, e.enrolled as enrolled, c.cells as cells
from every as e
left any join listed as l on l.unit = e.unit and l.attribute = e.attribute
left any join (
  select unit, attribute, arraySort(groupArray((kind, toUInt32(low), toUInt32(high), edges))) as cells from edges group by unit, attribute
) as c on c.unit = e.unit and c.attribute = e.attribute
order by unit_type, unit_id, attribute
