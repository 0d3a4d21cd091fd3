import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Pseudonym } from '../schemas/record.ts'
import type { Change } from './person-of-store.ts'
import { REACHED_WEEKS } from './touched.ts'

export type MovedIdentifier = {
  identifier: Pseudonym
  from: Pseudonym | null
  to: Pseudonym | null
  /** Records that name it. */
  events: number
  /** Local days, '' without events. */
  first: string
  last: string
}

export type MovedEnrolment = {
  person: Pseudonym
  class: string
  school: string
  classType: string
  role: string
  begin: string
  /** Exclusive; null: open. */
  end: string | null
}

/** What a change of who is who would do to what is stored. */
export type Preview = {
  moves: MovedIdentifier[]
  /** Mondays of the weeks that would be computed anew for single students. */
  weeks: string[]
  /** Enrolments that would count for another person. */
  enrolments: MovedEnrolment[]
  /** What cannot both be true of one person, in a sentence each. */
  conflicts: string[]
  /** Identifiers that lead to several persons afterwards. */
  contested: Pseudonym[]
}

const OPEN_END = '2299-12-31'

/** What a change would move, and what in it contradicts itself. Changes nothing. */
export async function previewOf(warehouse: Warehouse, { was, is, moves }: Change): Promise<Preview> {
  const counts = await countsOf(
    warehouse,
    moves.map(({ identifier }) => identifier),
  )
  const silent = { events: 0, first: '', last: '' }
  const personsMoved = moves.filter(({ identifier, from, to }) => from === identifier || to === identifier)
  const targets = new Set(personsMoved.flatMap(({ to }) => to ?? []))
  const together = [...is.of].filter(([, into]) => targets.has(into)).map(([id]) => id)
  const about = [...new Set([...together, ...personsMoved.map(({ identifier }) => identifier)])]
  const enrolments = await enrolmentsOf(warehouse, about)
  const isMoved = new Set(moves.map(({ identifier }) => identifier))
  const joined = (one: Pseudonym, two: Pseudonym): boolean =>
    is.of.get(one) === is.of.get(two) && (was.of.get(one) ?? one) !== (was.of.get(two) ?? two)
  return {
    moves: moves.map(move => ({ ...move, ...(counts.people.get(move.identifier) ?? silent) })),
    weeks: counts.weeks,
    enrolments: enrolments.filter(({ person }) => isMoved.has(person)),
    conflicts: [
      ...(await differencesOf(warehouse, about, joined)),
      ...overlaps(
        enrolments.filter(({ role }) => role === 'student'),
        joined,
      ),
    ],
    contested: [...is.contested.keys()],
  }
}

type Counts = { people: Map<Pseudonym, Pick<MovedIdentifier, 'events' | 'first' | 'last'>>; weeks: string[] }

async function countsOf(warehouse: Warehouse, identifiers: readonly Pseudonym[]): Promise<Counts> {
  const params = { ids: identifiers }
  const rows = await warehouse.query<{ id: string; events: number; first: string; last: string }>(
    `select lower(hex(person_id)) as id, toFloat64(uniqExact(record_id)) as events,
       toString(min(local_day)) as first, toString(max(local_day)) as last
     from events final where lower(hex(person_id)) in {ids:Array(String)} and week != toDate(0) group by person_id`,
    params,
  )
  const weeks = await warehouse.query<{ week: string }>(
    `select distinct toString(${REACHED_WEEKS}) as week from events
     where lower(hex(person_id)) in {ids:Array(String)} order by week`,
    params,
  )
  return { people: new Map(rows.map(({ id, ...row }) => [id, row])), weeks: weeks.map(({ week }) => week) }
}

async function enrolmentsOf(warehouse: Warehouse, persons: readonly Pseudonym[]): Promise<MovedEnrolment[]> {
  const rows = await warehouse.query<Omit<MovedEnrolment, 'end'> & { end: string }>(
    `select lower(hex(e.person_id)) as person, e.class_id as class, e.school_id as school, c.class_type as classType,
       e.role as role, toString(e.begin_day) as begin, toString(e.end_day) as end
     from enrolments as e final left any join (select class_id, class_type from classes final) as c on c.class_id = e.class_id
     where lower(hex(e.person_id)) in {persons:Array(String)} order by begin, class, person`,
    { persons },
  )
  return rows.map(row => ({ ...row, end: row.end === OPEN_END ? null : row.end }))
}

type Joined = (one: Pseudonym, two: Pseudonym) => boolean

async function differencesOf(warehouse: Warehouse, persons: readonly Pseudonym[], joined: Joined): Promise<string[]> {
  const rows = await warehouse.query<{ id: string; role: string; grade: string }>(
    `select lower(hex(person_id)) as id, role, grade from persons final
     where lower(hex(person_id)) in {persons:Array(String)} order by id`,
    { persons },
  )
  return pairs(rows).flatMap(([one, two]) => {
    if (!joined(one.id, two.id)) return []
    return (['role', 'grade'] as const)
      .filter(field => one[field] !== two[field])
      .map(
        field =>
          `${field} ${one[field] || '(none)'} of ${short(one.id)} and ${two[field] || '(none)'} of ${short(two.id)}`,
      )
  })
}

/** Enrolments of two who become one that a student cannot have on one day: two schools, two advisories. */
function overlaps(enrolments: readonly MovedEnrolment[], joined: Joined): string[] {
  return pairs(enrolments).flatMap(([one, two]) => {
    const from = one.begin > two.begin ? one.begin : two.begin
    const ends = [one.end ?? OPEN_END, two.end ?? OPEN_END].sort()
    if (!joined(one.person, two.person) || from >= ends[0]!) return []
    const both = one.classType === 'homeroom' && two.classType === 'homeroom' && one.class !== two.class
    const what = one.school !== two.school ? 'two schools' : both ? 'two advisories' : null
    if (what === null) return []
    const until = ends[0] === OPEN_END ? 'on' : `to ${ends[0]}`
    return [
      `${what} from ${from} ${until}: class ${one.class} of ${one.school} and class ${two.class} of ${two.school}`,
    ]
  })
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((one, i) => items.slice(i + 1).map((two): [T, T] => [one, two]))
}

/** As much of a pseudonym as tells people of one list apart, and nobody who they are. */
export const short = (pseudonym: Pseudonym): string => pseudonym.slice(0, 8)
