import type { z } from 'zod'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { climateStage } from '../../../processors/climate/recompute-climate.ts'
import { storeSurveys } from '../../../processors/store-surveys.ts'
import { Instrument, ResponseEntry, type InstrumentEntry } from '../../../schemas/survey.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { aSchool, aStudent, enrol, person, ZONE } from '../../helpers/records.ts'

export const WINDOW = { id: '2026-spring', begin: '2026-03-02', end: '2026-03-14' }
/** Monday of its last day, a Friday. */
export const WEEK = '2026-03-09'
/** The day after, in the district. */
export const AFTER = '2026-03-14T12:00:00Z'

const item = (id: string, domain: string, reverse = false) => ({
  id,
  text: { en: id },
  scale: 'agree',
  domain,
  reverse,
})
export const ITEMS = [
  item('S1', 'safety/physical'),
  item('S2', 'safety/physical'),
  item('S3', 'safety/bullying', true),
  item('S4', 'safety/bullying'),
  item('B1', 'belonging'),
  item('B2', 'belonging', true),
  item('B3', 'belonging'),
  item('A1', 'sel/self-awareness'),
  item('A2', 'sel/self-management'),
]

export function anInstrument(
  rest: Record<string, unknown> = {},
  storedAt = '2026-02-01T12:00:00.000Z',
): z.infer<typeof InstrumentEntry> {
  const definition = Instrument.parse({
    instrument: 'climate-student',
    version: '1',
    title: { en: 'Climate' },
    informant: 'student',
    languages: ['en'],
    scales: { agree: { min: 1, max: 4 } },
    items: ITEMS,
    windows: [WINDOW],
    ...rest,
  })
  return { type: 'instrument', source: 'forms', storedAt, status: 'active', definition }
}

/** Who answered, or an anonymous one's school and grade; answers by item, null: left empty, 'declined'. */
export type Sketch = {
  who?: string
  anonymous?: string
  about?: string
  school?: string
  grade?: string
  day?: string
  answers: Record<string, number | null | 'declined'>
  rest?: Partial<ResponseEntry>
}

export function aResponse({
  who,
  anonymous,
  about,
  school = '',
  grade = '',
  day = '2026-03-05',
  answers,
  rest,
}: Sketch): ResponseEntry {
  return ResponseEntry.parse({
    type: 'response',
    source: 'forms',
    storedAt: '2026-03-12T12:00:00.000Z',
    status: 'active',
    id: uuid5(`climate|${rest?.instrument ?? ''}|${who ?? anonymous}|${about ?? ''}`),
    instrument: 'climate-student',
    version: '1',
    window: WINDOW.id,
    respondent: who === undefined ? null : person(who),
    student: about === undefined ? null : person(about),
    role: 'student',
    school,
    grade,
    groups: {},
    language: '',
    day,
    answeredAt: who === undefined ? null : `${day}T15:00:00.000Z`,
    notAsked: [],
    answers: Object.entries(answers).map(([id, value]) =>
      value === null || value === 'declined'
        ? { item: id, state: value ?? 'missing' }
        : { item: id, state: 'answered', value },
    ),
    hash: '0'.repeat(12),
    ...rest,
  })
}

/** A school whose students are in grades by their number: `n0` in grade 03, `n1` in 04, `n2` in 05, `n3` in 03 … */
export function gradedSchool(id: string, students: readonly string[]): RosterEntry[] {
  return [
    // Whose grade is said twice at one moment would have either.
    ...aSchool(id, { [`${id}-1`]: [...students] }).filter(({ type }) => type !== 'person'),
    ...students.map((name, at) => aStudent(name, `0${3 + (at % 3)}`)),
  ]
}

export type Shown = { value: number | null; se: number | null; lo95: number | null; hi95: number | null; n: number; enrolled: number; status: string; reason: string } // prettier-ignore

/** A district in a warehouse, and its climate stage under a clock that stands. */
export function aDistrict(warehouse: Warehouse) {
  let now = AFTER
  const stage = climateStage({
    warehouse,
    config: { timeZone: ZONE, district: 'demo' },
    clock: () => new Date(now),
  })
  return {
    enrol: (...entries: RosterEntry[]) => enrol(warehouse, ...entries),
    store: (...entries: Parameters<typeof storeSurveys>[1]) => storeSurveys(warehouse, entries),
    run: (at = AFTER, weeks: readonly string[] = [WEEK]): Promise<boolean> => {
      now = at
      return stage.run(weeks, () => false)
    },
    /** Figures by `indicator unit slice`. */
    figures: async (where = 'true'): Promise<Map<string, Shown>> => {
      const found = await warehouse.query<Shown & { key: string }>(
        `select concat(indicator, ' ', unit_id, ' ', slice) as key, value, se, lo95, hi95, n, enrolled, status, reason
         from indicators final where ${where} order by key`,
      )
      return new Map(found.map(({ key, ...rest }) => [key, rest]))
    },
  }
}
