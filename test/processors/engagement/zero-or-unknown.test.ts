import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../../processors/store-plans.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aGoal, aPlan, aReflection, placed } from '../../helpers/plans.ts'
import { aRecord, aSchool, anEnrolment, aStudent, enrol, store } from '../../helpers/records.ts'
import { engaged, engageStudents } from './engaged.ts'

vi.setConfig({ testTimeout: 180_000 })

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben', 'cleo'] }))
})

const WEEK = '2026-01-12'
/** Noon in New York on a day of the week of 12 January 2026; -7 to -1: the week before. */
const on = (day: number): string => new Date(Date.parse('2026-01-12T17:00:00Z') + day * 86_400_000).toISOString()
const work = (actor: string, ...days: readonly number[]) =>
  days.map(day => aRecord({ actor, at: on(day), durationMs: 1_140_000 }))
const aDay = (day: string, schoolDay = false, school = ''): RosterEntry => ({
  type: 'day',
  source: 'sis',
  storedAt: '2025-08-01T12:00:00.000Z',
  status: 'active',
  school,
  day,
  schoolDay,
  reason: 'holiday',
})

test('days of absence, holidays and days without any feed make nobody uneven', async () => {
  await enrol(warehouse, aDay('2026-01-16'))
  await store(warehouse, [
    // Thursday: no tool recorded anything of anybody. Friday is a holiday.
    ...work('ada', 0, 1, 2),
    ...work('ben', 0, 1),
    aRecord({ actor: 'ben', kind: 'absent', standard: 'interaction', at: on(2) }),
    ...work('cleo', 0, 1),
  ])
  await engageStudents(warehouse, WEEK)
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({
    counted_days: 0b00111,
    evenness: expect.closeTo(1, 12),
  })
  expect(await engaged(warehouse, 'ben', WEEK)).toMatchObject({
    counted_days: 0b00011,
    evenness: expect.closeTo(1, 12),
  })
  // Present on Wednesday and at work on two of three days.
  const { evenness } = (await engaged(warehouse, 'cleo', WEEK))!
  expect(evenness).toBeCloseTo(Math.log(2) / Math.log(3), 12)
})

test('who was absent all week, or whose school was dead, has no zero: minutes, evenness and likeness are unknown', async () => {
  await enrol(warehouse, ...aSchool('S2', { B: ['dead'] }))
  await store(warehouse, [
    ...work('ada', -7, -6, 0, 1, 2, 3, 4),
    ...work('ben', -7, -6),
    ...[0, 1, 2, 3, 4].map(day => aRecord({ actor: 'ben', kind: 'absent', standard: 'interaction', at: on(day) })),
  ])
  await engageStudents(warehouse, '2026-01-05', WEEK)
  const unknown = {
    active_share: null,
    effort_minutes: null,
    evenness: null,
    similarity: null,
    individual_minutes: null,
  }
  expect(await engaged(warehouse, 'ben', WEEK)).toMatchObject({ ...unknown, counted_days: 0 })
  expect(await engaged(warehouse, 'dead', WEEK)).toMatchObject({ ...unknown, counted_days: 0 })
  // Silent where others were heard: that is a zero.
  expect(await engaged(warehouse, 'cleo', WEEK)).toMatchObject({ active_share: 0, effort_minutes: 0, evenness: null })
})

test('a holiday in one of two weeks is left out of their likeness', async () => {
  await enrol(warehouse, aDay('2026-01-05'))
  await store(warehouse, [...work('ada', -6, -5, 0, 1, 2), ...work('ben', -7, -6, -5, -4, -3, 0, 1, 2, 3, 4)])
  await engageStudents(warehouse, '2026-01-05', WEEK)
  expect((await engaged(warehouse, 'ada', WEEK))!.similarity).toBeCloseTo(1, 12)
})

test('a student who joined last week has no zero for weeks in which they were not there', async () => {
  await enrol(warehouse, aStudent('new'), anEnrolment('new', 'A', 'S1', '2026-01-07'))
  await storePlans(warehouse, placed([aGoal({ day: '2026-01-06' }), aReflection({ day: '2026-01-07' })]))
  await store(warehouse, [
    ...work('new', 0),
    ...work('ada', 0),
    ...work('ben', 0),
    aRecord({ kind: 'asked-help', at: on(1) }),
  ])
  await engageStudents(warehouse, WEEK)
  const zeros = { goals_set: 0, reflections: 0, goal_acts: 0, help_asked: 0, profile_current: false }
  expect(await engaged(warehouse, 'ben', WEEK)).toMatchObject(zeros)
  const ada = {
    goals_set: 1,
    reflections: 1,
    goal_acts: 2,
    help_asked: 1,
    profile_current: true,
    profile_day: '2026-01-06',
  }
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject(ada)
  const unknown = { goals_set: null, reflections: null, goal_acts: null, help_asked: null, profile_current: null }
  expect(await engaged(warehouse, 'new', WEEK)).toMatchObject(unknown)
})

test('where a school records no completions, goals or reflections, nobody has completed or set none', async () => {
  await storePlans(warehouse, placed([aPlan({ unitsPerWeek: 5, begin: '2025-12-01', end: '2026-06-01' })]))
  const starts = Array.from({ length: 6 }, (_, i) => aRecord({ kind: 'started', object: `o${i}`, at: on(-35) }))
  await store(warehouse, [...starts, ...work('ada', 0)])
  await engageStudents(warehouse, WEEK)
  const unknown = { started: 6, completion: null, goals_set: null, reflections: null, help_asked: null }
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({ ...unknown, units_done: 0, pace: null })
})

test('a holiday is no part of what was planned, and a changed calendar changes it', async () => {
  await storePlans(warehouse, placed([aPlan({ unitsPerWeek: 5, begin: '2026-01-05', end: '2026-06-01' })]))
  await store(warehouse, [...work('ada', -7, 0), aRecord({ kind: 'completed', object: 'u1', at: on(0) })])
  await engageStudents(warehouse, WEEK)
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({ units_done: 1, units_planned: 10, pace: 0.1 })
  // The first week has no school at all; of the second one school day of four is before the plan that takes over.
  await enrol(warehouse, ...[5, 6, 7, 8, 9].map(day => aDay(`2026-01-0${day}`)), aDay('2026-01-16'))
  await storePlans(
    warehouse,
    placed([
      aPlan({
        key: 'k2',
        unitsPerWeek: 8,
        begin: '2026-01-13',
        end: '2026-06-01',
        storedAt: '2026-02-01T12:00:00.000Z',
      }),
    ]),
  )
  await engageStudents(warehouse, WEEK)
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({ units_done: 0, units_planned: 6 })
})

test('a plan of one subject counts units of that subject, each once, from its first day on', async () => {
  await storePlans(
    warehouse,
    placed([
      aPlan({ key: 'm', subject: 'Mathematics', unitsPerWeek: 2, begin: '2026-01-06', end: '2026-06-01' }),
      aPlan({ key: 's', subject: 'science', unitsPerWeek: 1, begin: '2026-01-12', end: '2026-06-01' }),
    ]),
  )
  const unit = (object: string, day: number, subject: string) =>
    aRecord({ kind: 'completed', object, subject, at: on(day) })
  await store(warehouse, [
    unit('m1', -7, 'mathematics'), // before the plan
    unit('m2', -6, 'mathematics'),
    unit('m2', 1, 'mathematics'), // once more
    unit('m3', 2, 'mathematics'),
    unit('s1', 2, 'science'),
    unit('h1', 2, 'history'),
  ])
  await engageStudents(warehouse, WEEK)
  expect(await engaged(warehouse, 'ada', WEEK)).toMatchObject({
    plan_subjects: ['mathematics', 'science'],
    plan_done: [2, 1],
    plan_planned: [expect.closeTo(3.6, 12), 1],
    units_done: 3,
  })
})

test('weeks and days around the change to summer time are local ones', async () => {
  // Midnight of Sunday 8 March to Monday 9 March is 04:00 in UTC, of the day before 05:00.
  const at = (time: string, rest = {}) => aRecord({ at: time, ...rest })
  await store(warehouse, [
    ...Array.from({ length: 5 }, (_, i) => at('2026-03-09T03:59:00Z', { kind: 'started', object: `o${i}` })),
    ...Array.from({ length: 4 }, (_, i) => at('2026-04-06T03:59:00Z', { kind: 'completed', object: `o${i}` })),
    at('2026-04-06T04:00:00Z', { kind: 'completed', object: 'o4' }), // the 29th day has begun
  ])
  await engageStudents(warehouse, '2026-04-06')
  expect(await engaged(warehouse, 'ada', '2026-04-06')).toMatchObject({ started: 5, completed: 4, completion: 0.8 })
})

test('a failed first attempt counts as retried within seven days, and one attempt told of twice is one', async () => {
  const at = (seconds: number) => new Date(Date.parse(on(-10)) + seconds * 1000).toISOString()
  const attempt = (object: string, seconds: number, success: boolean, rest = {}) =>
    aRecord({ object, success, at: at(seconds), ...rest })
  const DAY = 86_400
  await store(warehouse, [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map(object => attempt(object, 0, false)),
    attempt('a', 60, true),
    attempt('b', 7 * DAY, false),
    attempt('c', 7 * DAY + 1, true), // too late
    attempt('d', 5, false, { kind: 'scored' }), // the same attempt
    aRecord({ object: 'g', score: 0.79, at: at(0) }),
    aRecord({ object: 'h', score: 0.8, at: at(0) }),
    attempt('e', -60, true), // so the first one had succeeded
    ...work('ada', 0),
  ])
  await engageStudents(warehouse, WEEK)
  const row = (await engaged(warehouse, 'ada', WEEK))!
  expect(row).toMatchObject({ failed: 6, retried: 2 })
  expect(row.persistence).toBeCloseTo(1 / 3, 12)
})

test('grades are those of the school year, and who was in grade 6 a year before was then in elementary school', async () => {
  await enrol(
    warehouse,
    aStudent('mia', '06'),
    anEnrolment('mia', 'A', 'S1', '2024-08-26', '2025-06-14'),
    anEnrolment('mia', 'A', 'S1', '2025-08-25'),
  )
  await store(warehouse, [...work('mia', 0), aRecord({ actor: 'mia', at: '2025-01-14T17:00:00Z' })])
  await engageStudents(warehouse, '2025-01-13', WEEK)
  expect(await engaged(warehouse, 'mia', WEEK)).toMatchObject({ grade: '06', band: 'middle' })
  expect(await engaged(warehouse, 'mia', '2025-01-13')).toMatchObject({ grade: '05', band: 'elementary' })
})
