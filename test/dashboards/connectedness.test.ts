import type { FastifyInstance } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storeAlarms, storeAnswers } from '../../processors/alarms/store-alarms.ts'
import { localTime } from '../../processors/local-time.ts'
import type { AlarmRaised } from '../../schemas/action.ts'
import { person } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, aFigure, noFigure, publish } from './a-district.ts'
import { addConnected } from './a-network.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'

const WEEK = '2026-03-02'
const PAGE = '/schools/lincoln?week=2026-W10'
const LEE = person('ms-lee')

let warehouse: Warehouse
let app: FastifyInstance
let principal: Browser
let analyst: Browser

const contact = (indicator: string, value: number, half: number, more: object = {}) => ({
  ...aFigure({
    indicator,
    week: WEEK,
    unit_type: 'school',
    unit_id: 'lincoln',
    value,
    lo95: value - half,
    hi95: value + half,
  }),
  ...more,
})

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln School' },
    { id: 'quiet', name: 'Quiet School' },
  ])
  await addClasses(warehouse, [{ id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true }])
  const figures = [
    aFigure({ week: WEEK, unit_type: 'school', unit_id: 'lincoln' }),
    contact('adult_contact', 0.86, 0.04),
    contact('adult_contact_two', 0.31, 0.05),
    contact('contact_logging', 0.75, 0),
    contact('band_assortativity', 0.3, 0.1),
    contact('adult_contact', 0.9, 0.05, { slice: 'grade=09' }),
    contact('adult_contact', 0.8, 0.06, { slice: 'grade=10' }),
    aFigure({ week: WEEK, unit_type: 'school', unit_id: 'quiet' }),
    noFigure('insufficient', {
      indicator: 'adult_contact',
      week: WEEK,
      unit_type: 'school',
      unit_id: 'quiet',
      reason: 'fewer than half of the advisers logged a meeting in the last 8 weeks',
    }),
  ]
  await addLive(warehouse, figures)
  await publish(warehouse, 1, [aFigure({ week: WEEK }), ...figures])
  const students = Array.from({ length: 40 }, (_, i) => person(`s${i}`))
  await addConnected(
    warehouse,
    WEEK,
    students.map((student, i) => ({
      student,
      // Twelve without an adult, three without a tie.
      adults: i < 12 ? [] : [[LEE, 'adviser', 2, '2026-02-27', true]],
      peers: i < 3 ? [] : [[students[(i + 1) % 40]!, 1, 2]],
    })),
  )
  await warehouse.command(
    "alter table student_connectedness update school_id = 'lincoln' where 1",
    {},
    { mutations_sync: 1 },
  )
  await warehouse.command(
    `insert into adviser_load (week, adviser_id, school_id, class_ids, advisees, tied, unserved, active, status, reason, computed, deleted)
     select {week:Date}, unhex({lee:String}), 'lincoln', ['hr-1'], 40, 28, 12, 1, 'ok', '', 1, 0`,
    { week: WEEK, lee: LEE },
  )
  await warehouse.command(
    `insert into persons (person_id, role, grade, groups, source, ver, deleted) select unhex({lee:String}), 'teacher', '', '{}', 'sis', 1, 0`,
    { lee: LEE },
  )
  await warehouse.command(
    `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
     select unhex({lee:String}), 'Mara', 'Lee', '', '', 1, 0`,
    { lee: LEE },
  )
  // Offers of help: to one student twice; five of twelve are answered, and one is of long ago.
  const offered = [...students.slice(0, 12), students[0]!, students[20]!].map((student, i): AlarmRaised => ({
    type: 'alarm',
    id: uuid5(`alarm|${i}`),
    storedAt: '2026-03-04T12:00:00.000Z',
    student,
    week: i === 13 ? '2026-01-05' : '2026-02-23',
    since: '2026-02-23',
    minutes: 20,
    usualMinutes: 100,
    value: -3.2,
    baselineWeeks: 12,
  }))
  await storeAlarms(warehouse, offered)
  await storeAnswers(
    warehouse,
    offered.slice(3, 8).map(({ id, student }) => ({
      type: 'alarm-answer',
      id: uuid5(`answer|${id}`),
      storedAt: '2026-03-05T12:00:00.000Z',
      alarm: id,
      student,
      answer: 'talked',
      author: { account: 'ms-lee', person: null },
    })),
    localTime('America/New_York'),
  )
  app = (await anApp(warehouse)).app
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln', 'quiet'] } })
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
})

const known = async (who: Browser, path = PAGE): Promise<string> => {
  const { document } = await open(who, path)
  return (document.querySelector('#known')?.closest('section')?.textContent ?? '').replace(/\s+/g, ' ').trim()
}

test('a principal reads the range first, then how much is logged', async () => {
  expect(await known(principal)).toContain(
    'By 8 March 2026, 82 to 90% of students here had sustained contact with at least one adult, 26 to 36% with two or more. 75% of advisers logged a meeting in the eight weeks before.',
  )
})

test('a principal reads of how many students help was offered sooner, and of how many nobody has answered', async () => {
  const { document } = await open(principal, PAGE)
  const said = (document.querySelector('#offers')?.closest('section')?.textContent ?? '').replace(/\s+/g, ' ')
  expect(said).toContain('the recorded activity of 12 students had fallen well below their own usual; of fewer than 10')
  expect((await open(analyst, PAGE)).document.querySelector('#offers')).toBeNull()
})

test('counts of ten or more are told to the principal, of fewer only that', async () => {
  const said = await known(principal)
  expect(said).toContain('No sustained adult contact 12 students of 40 of whom it can be said')
  expect(said).toContain('No logged peer tie fewer than 10 students of 40')
  expect(said).not.toMatch(/[^0-9]3 students/)
})

test('coverage stands by grade; mixing is judged by its interval', async () => {
  const said = await known(principal)
  expect(said).toMatch(/By grade .* 9 250 85 to 95% 90%/)
  expect(said).toContain('students with similar earlier scores choose each other more often than by chance')
})

test('what advisers carry is told to the principal by name, without whom they met', async () => {
  const said = await known(principal)
  expect(said).toContain('Mara Lee HR-1 40 yes')
  expect(said).not.toContain('28')
})

test('an analyst reads published figures: no counts of students, no advisers', async () => {
  const said = await known(analyst)
  expect(said).toContain('82 to 90% of students here')
  expect(said).not.toMatch(/Mara|What advisers carry|No logged peer tie/)
})

test('a school that does not log check-ins is told so, and not 0', async () => {
  expect(await known(principal, '/schools/quiet?week=2026-W10')).toContain(
    'How many students here have sustained contact with an adult cannot be said: fewer than half of the advisers logged a meeting in the last 8 weeks.',
  )
})
