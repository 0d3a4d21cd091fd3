import { knownRecords, type KnownRecord } from '../infra/warehouse/record-index.ts'
import type { StoredLetter } from '../infra/warehouse/dead-letters.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { RosterEntry } from '../schemas/roster.ts'
import type { Batch } from './intake.ts'
import { knownSaid } from './redrive-known-said.ts'

/** What is stored already, or was redriven a moment ago. */
export type Known = {
  /** Look up whatever these batches name. */
  ask: (batches: readonly Batch[]) => Promise<void>
  /** Why the batches cannot be stored beside what is known; null: they can. */
  contradictionIn: (batches: readonly Batch[]) => string | null
  /**
   * Leave in the batches only what is not known.
   * @returns ids of all of their records; `isOurs`: some of what is known counts as the letter's, and not as a second delivery
   */
  takeNew: (batches: readonly Batch[], letter: StoredLetter) => { records: string[]; isOurs: boolean }
}

type Made = { id: string; hash: string }
type Alias = { id: string; person: string }
type Names = { schools: Set<string>; classes: Set<string>; persons: Set<string>; aliases: Set<string> }

/** Read by itself a row cannot be compared with its neighbours: what it refers to, and who else claims what it claims, the warehouse tells. */
export function knownAround(warehouse: Warehouse): Known {
  const redriven = new Map<string, string>()
  const own = noNames()
  const said = knownSaid(warehouse)
  const stored = { records: new Map<string, KnownRecord>(), names: noNames() }
  return {
    ask: async batches => {
      const ids = batches.flatMap(batch => batch.records.map(record => madeIn(record.value).id))
      stored.records = await knownRecords(warehouse, ids)
      stored.names = await namesOf(warehouse, batches.flatMap(rostersIn))
      await said.ask(batches)
    },
    contradictionIn: batches => {
      for (const { id, hash } of batches.flatMap(batch => batch.records.map(({ value }) => madeIn(value)))) {
        const other = redriven.get(id) ?? stored.records.get(id)?.hash
        if (other !== undefined && other !== hash)
          return `RECORD_CONFLICT: record ${id} is stored with other content; what is stored stays. Give this one an id of its own with --fix`
      }
      const rosters = batches.flatMap(rostersIn)
      const mine = noNames()
      for (const entry of rosters) remember(mine, entry)
      for (const entry of rosters) {
        const reason = unknownIn(entry, [stored.names, own, mine])
        if (reason !== null) return reason
      }
      for (const entry of rosters) remember(own, entry)
      return said.contradictionIn(batches)
    },
    takeNew: (batches, letter) => {
      const records: string[] = []
      let isOurs = false
      for (const batch of batches) {
        const made = batch.records.map(({ value }) => madeIn(value))
        const isNew = made.map(({ id }) => !redriven.has(id) && !stored.records.has(id))
        batch.records = batch.records.filter((_, i) => isNew[i])
        for (const { id, hash } of made) {
          redriven.set(id, hash)
          records.push(id)
          isOurs ||= isOwn(stored.records.get(id), letter)
        }
        if (said.takeNew(batch, letter)) isOurs = true
      }
      return { records, isOurs }
    },
  }
}

// A try that was cut off said when it began, and stamped its records so.
const isOwn = (record: KnownRecord | undefined, { begun }: StoredLetter): boolean =>
  record !== undefined && begun.includes(record.storedAt)

/** Identifiers that somebody claims stand in a set of names, and each claim beside them. */
const claim = ({ id, person }: Alias): string => `${id}|${person}`

const madeIn = (value: string | null): Made => JSON.parse(value!) as Made

const rostersIn = (batch: Batch): RosterEntry[] =>
  batch.rosters.map(({ value }) => RosterEntry.parse(JSON.parse(value!)))

const noNames = (): Names => ({ schools: new Set(), classes: new Set(), persons: new Set(), aliases: new Set() })

function remember(names: Names, entry: RosterEntry): void {
  if (entry.type === 'school') names.schools.add(entry.id)
  if (entry.type === 'class') names.classes.add(entry.id)
  if (entry.type === 'person') names.persons.add(entry.id)
  if (entry.type === 'alias') names.aliases.add(entry.id).add(claim(entry))
}

function unknownIn(entry: RosterEntry, known: readonly Names[]): string | null {
  const lacks = (what: 'schools' | 'classes' | 'persons', id: string) => known.every(names => !names[what].has(id))
  const again = 'redrive or load that first, then this again'
  if (entry.status === 'deleted') return null
  if (entry.type === 'class' && lacks('schools', entry.school)) return `it names a school that no roster has; ${again}`
  if (entry.type === 'enrolment' && lacks('classes', entry.class))
    return `it names a class that no roster has; ${again}`
  if (entry.type === 'enrolment' && lacks('persons', entry.person))
    return `it names a user that no roster has; ${again}`
  if (entry.type !== 'alias') return null
  const isAnothers = ({ aliases }: Names): boolean => aliases.has(entry.id) && !aliases.has(claim(entry))
  if (!known.some(isAnothers)) return null
  return 'one of its identifiers is or was that of another person; correct it with --fix, or load the roster again'
}

async function namesOf(warehouse: Warehouse, entries: readonly RosterEntry[]): Promise<Names> {
  const enrolments = entries.filter(entry => entry.type === 'enrolment')
  const aliases = entries.filter(entry => entry.type === 'alias')
  const ask = (sql: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : warehouse.query<{ id: string }>(sql, { ids: [...new Set(ids)] })
  const [schools, classes, persons, owners] = await Promise.all([
    ask(
      'select school_id as id from schools final where school_id in {ids:Array(String)}',
      entries.flatMap(entry => (entry.type === 'class' ? [entry.school] : [])),
    ),
    ask(
      'select class_id as id from classes final where class_id in {ids:Array(String)}',
      enrolments.map(entry => entry.class),
    ),
    ask(
      'select lower(hex(person_id)) as id from persons final where lower(hex(person_id)) in {ids:Array(String)}',
      enrolments.map(entry => entry.person),
    ),
    ask(
      // Also what was taken back: it may have been because two persons claim it.
      `select lower(hex(node)) as id, lower(hex(other)) as person from aliases final
       where node in (select unhex(arrayJoin({ids:Array(String)}))) and forward = 1`,
      aliases.map(entry => entry.id),
    ),
  ])
  const idsOf = (found: readonly { id: string }[]) => new Set(found.map(({ id }) => id))
  return {
    schools: idsOf(schools),
    classes: idsOf(classes),
    persons: idsOf(persons),
    aliases: new Set((owners as Alias[]).flatMap(alias => [alias.id, claim(alias)])),
  }
}
