import type { Warehouse } from '../warehouse/warehouse.ts'

const MOST_GROUPS = 30
const EXAMPLES = 3

/** Identifiers of one source and type that have records and are nobody's. */
export type UnknownIdentifiers = {
  source: string
  /** `account of https://lms.example.org`, `email`, …; `unknown` where the agent is not kept. */
  type: string
  identifiers: number
  records: number
  /** Local days of the first and the last record. */
  firstSeen: string
  lastSeen: string
  /** The first digits of some pseudonyms, those with most records first. */
  prefixes: string[]
  /** How many of them two persons claim. */
  contested: number
  next: string
}

/**
 * Which identifiers have records and no person, by source and type, the most frequent first. Nobody is named: of a type only
 * the kind is told, of an account its home page.
 * @throws HomeroomError WAREHOUSE_REFUSED, WAREHOUSE_UNAVAILABLE
 */
export async function lookUpUnknown(warehouse: Warehouse): Promise<UnknownIdentifiers[]> {
  const groups = await warehouse.query<Omit<UnknownIdentifiers, 'next'>>(
    `with
       unknown as (
         select person_id, source, toFloat64(uniqExact(record_id)) as n, min(local_day) as first, max(local_day) as last
         from events final
         where person_id not in (select identifier from person_of final) and person_role in ('student', 'unknown')
         group by person_id, source
       ),
       typed as (
         select identifier, any(${TYPE}) as type from {identity:Identifier}.agents final
         where identifier in (select person_id from unknown) group by identifier
       )
     select source, if(empty(typed.type), 'unknown', typed.type) as type, toFloat64(count()) as identifiers, sum(n) as records,
       toString(min(first)) as firstSeen, toString(max(last)) as lastSeen,
       arrayMap(x -> substring(lower(hex(x.2)), 1, 8), arraySlice(arraySort(x -> (-x.1, x.2), groupArray((n, person_id))), 1, {examples:UInt8})) as prefixes,
       toFloat64(countIf(person_id in (select identifier from contested final))) as contested
     from unknown left any join typed on typed.identifier = unknown.person_id
     group by source, type order by identifiers desc, source, type limit {most:UInt8}`,
    { most: MOST_GROUPS, examples: EXAMPLES },
  )
  return groups.map(group => ({ ...group, next: nextOf(group.type) }))
}

/** The kind of identifier in an agent as received; of addresses of the web only the host. */
const TYPE = `multiIf(
  JSONHas(agent, 'account'), concat('account of ', JSONExtractString(agent, 'account', 'homePage')),
  JSONHas(agent, 'mbox'), 'email',
  JSONHas(agent, 'mbox_sha1sum'), 'sha1',
  JSONHas(agent, 'openid'), 'openid',
  JSONHas(agent, 'idType'), JSONExtractString(agent, 'idType'),
  JSONExtractString(agent, 'id') like 'http%', concat('caliper of ', protocol(JSONExtractString(agent, 'id')), '://', domain(JSONExtractString(agent, 'id'))),
  JSONType(agent) = 'String' and JSONExtractString(agent) like 'http%', concat('caliper of ', protocol(JSONExtractString(agent)), '://', domain(JSONExtractString(agent))),
  'other')`

function nextOf(type: string): string {
  const homePage = /^account (?:of |:)?(\S+)$/.exec(type.replace(/^account:/, 'account of '))?.[1]
  const site = homePage ?? /^caliper of (\S+)$/.exec(type)?.[1]
  const oneByOne = 'homeroom merge for a single one'
  if (site)
    return `if its names are those of the roster: HOMEROOM_ACCOUNTS=${site}=username (or sourcedId, identifier, email), then load the roster again; else a mapping file with aliases, or ${oneByOne}`
  return `load the roster that has them, or a mapping file whose aliases pair them with an identifier of the roster, or ${oneByOne}`
}

/** What `doctor` says of them, and of identifiers that two persons claim. */
export async function aliasFindings(
  warehouse: Warehouse,
): Promise<{ what: string; count: number; sentence: string }[]> {
  const unknown = (await lookUpUnknown(warehouse)).map(group => {
    const { source, type, identifiers: count, records, firstSeen, lastSeen, prefixes, contested, next } = group
    const claimed = contested > 0 ? `; ${contested} of them are claimed by two persons` : ''
    const sentence = `${count} identifiers from ${source} of type ${type} are nobody's in a roster (${prefixes.join(', ')} …): ${records} records from ${firstSeen} to ${lastSeen} count for no student${claimed}. Next: ${next}`
    return { what: 'unknown identifiers', count, sentence }
  })
  const contested = await warehouse.query<{ count: number; people: string[]; nobodys: number; prefixes: string[] }>(
    `select toFloat64(count()) as count, toFloat64(countIf(identifier not in (select identifier from person_of final))) as nobodys,
       arrayMap(p -> substring(lower(hex(p)), 1, 8), persons) as people,
       arraySlice(arraySort(groupArray(substring(lower(hex(identifier)), 1, 8))), 1, {examples:UInt8}) as prefixes
     from contested final group by persons order by count desc, people limit {most:UInt8}`,
    { most: MOST_GROUPS, examples: EXAMPLES },
  )
  return [
    ...unknown,
    ...contested.map(({ count, people, nobodys, prefixes }) => ({
      what: 'identifiers of two persons',
      count,
      sentence: `${count} identifiers (${prefixes.join(', ')} …) lead to the persons ${people.join(' and ')}; ${nobodys} of them are nobody's until that is settled. Next: homeroom merge if they are one person, homeroom split PERSON --identifier … for whom it does not belong to`,
    })),
  ]
}
