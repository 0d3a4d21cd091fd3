import { beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { flagQuality } from '../../../processors/alarms/flag-quality.ts'
import { storeScores } from '../../../processors/store-scores.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import type { ScoreEntry } from '../../../schemas/score.ts'
import { uuid5 } from '../../../infra/uuid5.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aRecord, aSchool, enrol, person, store } from '../../helpers/records.ts'
import { aHandledLog, alarmsOf, monday, plantWeek, type PlantedWeek } from './planted-weeks.ts'

describe('how often flags were right', () => {
  test('is given as the specification has it, to all digits', () => {
    const { precision, recall, f1, mcc } = flagQuality({ hits: 42, alarms: 18, misses: 14, rests: 426 })
    const digits = (share: typeof precision) => [share!.value, share!.lo95, share!.hi95]
    expect(digits(precision).map(x => x.toFixed(6))).toEqual(['0.700000', '0.574913', '0.801018'])
    expect(digits(recall).map(x => x.toFixed(6))).toEqual(['0.750000', '0.623074', '0.844829'])
    expect([f1!.toFixed(6), mcc!.toFixed(6)]).toEqual(['0.724138', '0.688511'])
  })

  test('is not known where nobody is flagged, or everybody', () => {
    expect(flagQuality({ hits: 0, alarms: 0, misses: 3, rests: 9 })).toMatchObject({
      precision: null,
      mcc: null,
      f1: 0,
    })
    expect(flagQuality({ hits: 3, alarms: 9, misses: 0, rests: 0 })).toMatchObject({ mcc: null })
    expect(flagQuality({ hits: 0, alarms: 0, misses: 0, rests: 9 })).toEqual({ precision: null, recall: null, f1: null, mcc: null }) // prettier-ignore
  })
})

const emptied = emptiedWarehouse()
const NAMES = ['ada', 'bea', 'cal', 'dan', 'eve', 'fay']
const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
let warehouse: Warehouse

/** Two terms of six weeks. */
const terms: RosterEntry[] = [0, 6].map(first => ({
  type: 'session',
  ...ENTRY,
  id: `t-${first}`,
  title: first === 0 ? 'Fall' : 'Winter',
  kind: 'term',
  schoolYear: '2026',
  begin: monday(first),
  end: monday(first + 6),
}))

const aMark = (name: string, subject: string, level: string, week: number, window: string): ScoreEntry => ({
  type: 'score',
  id: uuid5(`${name} ${subject} ${window}`),
  source: 'grades',
  storedAt: '2026-01-01T12:00:00.000Z',
  kind: 'grade',
  student: person(name),
  date: monday(week),
  test: 'class grade',
  subject,
  window,
  grade: '',
  score: null,
  level,
  counts: true,
  list: '',
})

const aReferral = (name: string, week: number, objectType: string) =>
  aRecord({
    actor: name,
    at: `${monday(week)}T15:00:00Z`,
    kind: 'referred',
    standard: 'interaction',
    object: 'behaviour:disruption',
    objectType,
  })

async function plant(absent: (name: string, week: number) => number[]): Promise<void> {
  for (let i = 0; i < 14; i++)
    await plantWeek(
      warehouse,
      monday(i),
      NAMES.map((name): PlantedWeek => ({ student: person(name), minutes: 90, absent: absent(name, i) })),
    )
}

/** The weeks that planted records touch are planted too. */
async function run(): Promise<void> {
  for (const table of ['touched', 'touched_stages']) await warehouse.command(`truncate table ${table}`)
  if (!(await alarmsOf(warehouse, aHandledLog().log).run([monday(0)]))) throw new Error('nothing was computed')
}
const flags = (term: string) =>
  warehouse.query<{ who: string } & Record<string, unknown>>(
    `select lower(hex(student_id)) as who, enrolled_days, absent_days, suspensions, referrals, failed, attendance, behaviour, course
     from student_flags final where term = {term:String}`,
    { term },
  )
const flagsOf = async (name: string, term = 't-0') => (await flags(term)).find(({ who }) => who === person(name))

beforeEach(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': NAMES }), ...terms)
})

test('attendance, behaviour and course marks are flagged by their thresholds, and what nobody delivered is not known', async () => {
  // 30 school days: 4 absences are 86.7 %, 3 are 90 % and no flag.
  await plant((name, week) => (name === 'ada' && week < 4 ? [1] : name === 'bea' && week < 3 ? [1] : []))
  await store(warehouse, [
    aReferral('cal', 4, 'suspension'),
    ...[1, 2, 3].map(week => aReferral('dan', week, 'minor')),
    ...[1, 2].map(week => aReferral('eve', week, 'minor')),
    aReferral('eve', 3, 'major'),
  ])
  await storeScores(
    warehouse,
    [
      aMark('ada', 'mathematics', 'B', 5, 'Fall'),
      aMark('ada', 'english', 'F', 5, 'Fall'),
      aMark('bea', 'Algebra 1', 'D-', 5, 'Fall'),
      aMark('cal', 'science', 'F', 5, 'Fall'),
    ].map((value, i) => ({ value, position: `0/${i}/0` })),
  )
  await run()
  expect(await flagsOf('ada')).toMatchObject({ enrolled_days: 30, absent_days: 4, attendance: true, course: true, failed: ['english'] }) // prettier-ignore
  expect(await flagsOf('bea')).toMatchObject({ absent_days: 3, attendance: false, course: false, behaviour: false })
  expect(await flagsOf('cal')).toMatchObject({ suspensions: 1, behaviour: true, course: null })
  expect(await flagsOf('dan')).toMatchObject({ referrals: 3, behaviour: true })
  expect(await flagsOf('eve')).toMatchObject({ referrals: 2, behaviour: false })
  expect(await flagsOf('fay', 't-6')).toMatchObject({ enrolled_days: 30, attendance: null, behaviour: false, course: null }) // prettier-ignore
})

test('flags of one term are held against the next, and a second computation gives the same', async () => {
  await plant((name, week) => ((week < 6 ? name < 'c' : name === 'ada' || name === 'fay') ? [1] : []))
  await run()
  const outcomes = () =>
    warehouse.query(
      `select flag, slice, hits, alarms, misses, rests, next_term from flag_outcomes final where term = 't-0' order by flag, slice`,
    )
  const first = await outcomes()
  // Flagged: Ada and Bea. Off track afterwards: Ada and Fay.
  const counts = { hits: 1, alarms: 1, misses: 1, rests: 3, next_term: 't-6' }
  expect(first).toEqual([
    { flag: 'any', slice: '', ...counts },
    { flag: 'any', slice: 'grade=09', ...counts },
    { flag: 'attendance', slice: '', ...counts },
    { flag: 'attendance', slice: 'grade=09', ...counts },
  ])
  const [quality] = await warehouse.query<{ precision: number; mcc: number }>(
    `select precision, precision_lo, precision_hi, recall, f1, mcc from flag_outcomes final where term = 't-0' and flag = 'any' and slice = ''`,
  )
  expect(quality).toMatchObject({ precision: 0.5, recall: 0.5, f1: 0.5, mcc: 0.25 })
  await run()
  expect(await outcomes()).toEqual(first)
})

test('where the roster has no terms, the grading periods of class marks are the terms', async () => {
  await warehouse.command('truncate table sessions')
  await plant(() => [])
  const marks = NAMES.flatMap(name =>
    [5, 11].flatMap(week => [
      aMark(name, 'english', name === 'ada' ? 'F' : 'B', week, `2025 Q${week}`),
      aMark(name, 'mathematics', 'B', week, `2025 Q${week}`),
    ]),
  )
  await storeScores(warehouse, marks.map((value, i) => ({ value, position: `0/${i}/0` }))) // prettier-ignore
  await run()
  expect(await flagsOf('ada', '2025 Q5')).toMatchObject({ course: true, failed: ['english'] })
  expect(await flagsOf('bea', '2025 Q11')).toMatchObject({ course: false, enrolled_days: 30 })
  const [any] = await warehouse.query(
    `select hits, alarms, misses, rests from flag_outcomes final where flag = 'course' and slice = ''`,
  )
  expect(any).toEqual({ hits: 1, alarms: 0, misses: 0, rests: 5 })
})
