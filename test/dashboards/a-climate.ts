import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { addDays } from '../../dashboards/weeks.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish } from '../../processors/publish/publish.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import { Instrument, type InstrumentEntry, type ResponseEntry } from '../../schemas/survey.ts'
import { person } from '../helpers/records.ts'
import { sealer } from '../helpers/sealed.ts'
import { aDistrict, aResponse, gradedSchool } from '../processors/climate/a-window.ts'
import { addLive, aFigure, districtFigures, FIRST_WEEK, type Figure } from './a-district.ts'
import { SECRETS } from './an-app.ts'

/** Schools with students, families and staff; of the fir school nine parents answer: 13/9 to every question, as nobody else does. */
export const SCHOOLS = ['ash', 'elm', 'fir', 'oak'].map(id => ({ id, name: id, students: 60 }))
export const [FALL, SPRING, SUMMER] = [
  { id: '2025-fall', begin: '2025-10-06', end: '2025-11-02' },
  { id: '2026-spring', begin: '2026-03-02', end: '2026-03-28' },
  // While the tests run, nobody has answered it.
  { id: '2026-summer', begin: '2026-05-18', end: '2026-06-13' },
]
/** A day in the summer's window. */
export const NOW = '2026-05-22T16:00:00Z'
const ANSWERED = { student: 42, family: 24, staff: 28 }
const WEEKS = 28

const instrument = (name: string): Instrument => {
  const file = new URL(`../../infra/instruments/${name}.json`, import.meta.url)
  return Instrument.parse({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), windows: [FALL, SPRING, SUMMER] })
}

/** Numbers from 0 to 1, the same in every run (Park & Miller 1988). */
function numbers(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/**
 * Two surveys of three voices, one of them asked twice, stored, computed and published as the processors do it, by the shipped
 * instruments; weekly figures, growth and adult contact beside them. A question of the learning survey has a wrong key.
 */
export async function addClimate(warehouse: Warehouse): Promise<void> {
  const district = aDistrict(warehouse)
  await district.enrol(
    ...SCHOOLS.flatMap(({ id, students }) => [...gradedSchool(id, names(id, students)), ...teachers(id)]),
  )
  const surveys = (['student', 'family', 'staff'] as const).flatMap(voice =>
    ['school-climate', 'learning-and-growing'].map(name => instrument(`${name}-${voice}`)),
  )
  const wrong = surveys.find(one => one.instrument === 'learning-and-growing-student')!
  const turned = surveys.map(one => (one === wrong ? withWrongKey(one) : one))
  await district.store(...turned.map(instrumentEntry))
  const seal = sealer(warehouse, SECRETS)
  const next = numbers(20_261_122)
  for (const window of [FALL!, SPRING!])
    for (const survey of surveys.filter(one => window === SPRING || one.instrument.startsWith('school-climate')))
      for (const [at, { id: school }] of SCHOOLS.entries())
        await district.store(...(await responses({ survey, window, school, at, next, seal })))
  await district.run('2026-05-01T12:00:00Z', ['2025-10-27', '2026-03-23'])
  await publish(warehouse, { clock: () => new Date('2026-05-20T12:00:00Z') })
  await besideIt(warehouse)
}

/** So many families of the oak school have answered in the summer's window. */
export async function answersNow(warehouse: Warehouse, families: number): Promise<void> {
  const answers = { B1: 3, SP1: 2 }
  const rest = { instrument: 'school-climate-family', window: SUMMER!.id, role: 'family' as const }
  await aDistrict(warehouse).store(
    ...names('oak', families).map(about =>
      aResponse({ who: `parent of ${about}`, about, day: '2026-05-20', answers, rest }),
    ),
  )
}

const names = (school: string, n: number): string[] => [...Array(n).keys()].map(i => `${school}${i}`)

function teachers(school: string): RosterEntry[] {
  const entry = { source: 'sis', storedAt: '2025-08-01T00:00:00.000Z', status: 'active' as const }
  return names(`${school}-teacher`, 32).map(name => ({
    type: 'enrolment',
    ...entry,
    id: `${name}|${school}`,
    person: person(name),
    class: `${school}-1`,
    school,
    role: 'teacher',
    begin: '2025-08-25',
    end: null,
  }))
}

function instrumentEntry(definition: Instrument): z.infer<typeof InstrumentEntry> {
  return { type: 'instrument', source: 'forms', storedAt: '2025-09-01T12:00:00.000Z', status: 'active', definition }
}

const withWrongKey = (survey: Instrument): Instrument => ({
  ...survey,
  items: survey.items.map(item => (item.id === 'CA4' ? { ...item, reverse: false } : item)),
})

type Asking = {
  survey: Instrument
  window: { id: string; begin: string }
  school: string
  at: number
  next: () => number
  seal: (person: string, text: string) => Promise<string>
}

async function responses({ survey, window, school, at, next, seal }: Asking): Promise<ResponseEntry[]> {
  const { informant } = survey
  const n =
    informant === 'family' && school === 'fir' ? 9 : ANSWERED[informant] - at * (informant === 'student' ? 1 : 0)
  const people = names(informant === 'staff' ? `${school}-teacher` : school, n)
  const better = (informant === 'staff' ? 0.35 : 0) + at * 0.12 + (window.id === SPRING!.id ? 0.18 : 0)
  return Promise.all(
    people.map(async (name, i) => {
      const trait = (next() - 0.5) * 2.2
      const answers = Object.fromEntries(
        survey.items.flatMap(item => {
          if (item.free) return []
          const drawn = Math.min(4, Math.max(1, Math.round(2.55 + better + trait + (next() - 0.5) * 1.7)))
          const value = informant === 'family' && school === 'fir' ? (i < 5 ? 1 : 2) : drawn
          return [[item.id, item.reverse ? 5 - value : value] as const]
        }),
      )
      const who = informant === 'family' ? `parent of ${name}` : name
      const entry = aResponse({
        who,
        ...(informant === 'family' && { about: name }),
        day: addDays(window.begin, 3),
        answers,
        rest: {
          id: uuid5(`${survey.instrument}|${window.id}|${who}`),
          instrument: survey.instrument,
          window: window.id,
          role: informant === 'staff' ? 'teacher' : informant,
        },
      })
      const writes = survey.instrument === 'school-climate-student' && i < (school === 'oak' ? 12 : 9)
      const text = writes ? await seal(person(who), `Something about ${school}, number ${i}`) : null
      return text === null ? entry : { ...entry, answers: [...entry.answers, { item: 'F1', state: 'answered', text }] }
    }),
  )
}

/** What stands beside climate, put into the same snapshot; the oak school's figures live too. */
async function besideIt(warehouse: Warehouse): Promise<void> {
  const weekly = districtFigures(SCHOOLS, WEEKS)
  const units = [
    ...SCHOOLS.map(({ id }) => ({ unit_type: 'school', unit_id: id })),
    { unit_type: 'district', unit_id: 'd1' },
  ]
  // Of the ash school nothing is known of contact.
  const contact = units.slice(1).flatMap((unit, u) =>
    Array.from({ length: WEEKS }, (_, w): Figure => {
      const value = 0.6 + 0.05 * u + 0.1 * Math.sin(w / 5)
      return aFigure({
        ...unit,
        indicator: 'adult_contact',
        week: addDays(FIRST_WEEK, 7 * w),
        value,
        lo95: value - 0.05,
        hi95: value + 0.05,
      })
    }),
  )
  const growth = units.flatMap((unit, u) =>
    ['2025-09-08', '2026-02-09'].map((week, i): Figure => {
      const value = 46 + 2 * u + 3 * i
      const slice = 'subject=Mathematics,test=map'
      return aFigure({
        ...unit,
        indicator: 'growth_percentile',
        week,
        slice,
        period: `window ${i}`,
        value,
        lo95: value - 4,
        hi95: value + 4,
      })
    }),
  )
  await addLive(
    warehouse,
    weekly.filter(({ unit_id }) => unit_id === 'oak'),
  )
  const [newest] = await warehouse.query<{ snapshot: string }>(
    'select toString(max(snapshot)) as snapshot from snapshots final where complete',
  )
  await warehouse.insert(
    'published',
    [...weekly, ...contact, ...growth].map(figure => ({
      snapshot: newest!.snapshot,
      version: 1,
      slice: '',
      period: figure.week,
      as_of: '2026-03-20 21:00:00.000',
      se: 0.01,
      n_eff: figure.n,
      ...figure,
    })),
  )
}
