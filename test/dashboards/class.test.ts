import type { FastifyInstance } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Names } from '../../dashboards/people/names.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import type { EventLog } from '../../infra/log/event-log.ts'
import { logWith } from '../helpers/log-with.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, addStudents, aFigure } from './a-district.ts'
import { aLog, anApp, open, signedIn, type Browser } from './an-app.ts'

const ADA = 'a'.repeat(64)
const BEN = 'b'.repeat(64)
const CLEO = 'c'.repeat(64)
const DORA = 'd'.repeat(64)
const SCOPE = { schools: ['lincoln'], advisories: ['hr-1'], classes: ['c-9', 'gone'] }

let warehouse: Warehouse
let app: FastifyInstance
let principal: Browser
let adviser: Browser
let analyst: Browser
const told: AuditEntry[] = []

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [{ id: 'lincoln', name: 'Lincoln School' }])
  await addClasses(warehouse, [
    { id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true },
    { id: 'hr-2', school: 'lincoln', label: 'HR-2', homeroom: true },
    { id: 'c-9', school: 'lincoln', label: 'MATH-9' },
  ])
  const lincoln = { school: 'lincoln' }
  await addStudents(
    warehouse,
    [
      { id: BEN, given: 'Ben', family: 'Zeller', classes: ['hr-1', 'c-9'] },
      { id: ADA, given: 'Ada', family: 'Alder', classes: ['hr-1', 'c-9'] },
      // Left in October.
      { id: CLEO, given: 'Cleo', family: 'Moved', classes: ['hr-1'], until: '2025-10-08' },
      { id: DORA, given: 'Dora', family: 'Other', classes: ['hr-2'] },
    ],
    lincoln,
  )
  const week = { week: '2026-03-02' }
  await addLive(warehouse, [
    aFigure({ ...week, unit_type: 'advisory', unit_id: 'hr-1', value: 0.55, lo95: 0.41, hi95: 0.69, n: 18 }),
    aFigure({ ...week, unit_type: 'advisory', unit_id: 'hr-2', value: 0.99, lo95: 0.98, hi95: 1, n: 18 }),
    aFigure({ ...week, unit_type: 'class', unit_id: 'c-9', value: 0.5, lo95: 0.4, hi95: 0.6, n: 24 }),
  ])
  const kept = await aLog()
  const log = logWith(kept, {
    append: async (topic, entries) => {
      await kept.append(topic, entries)
      if (topic === 'audit') told.push(...entries.map(({ value }) => AuditEntry.parse(JSON.parse(value!))))
    },
  }) as EventLog
  app = (await anApp(warehouse, undefined, { log })).app
  const scope = { schools: ['lincoln'] }
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope })
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: SCOPE })
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
})

test('an adviser reads the own advisory: its week, and its students by family name, who left is not among them', async () => {
  const { text, document } = await open(adviser, '/classes/hr-1?week=2026-W10')
  expect(text('h1')).toBe('Advisory HR-1')
  expect(text('.lead')).toBe(
    'Students of HR-1 were active on 41 to 69% of their school days in the week of 2 March 2026, on average.',
  )
  expect([...document.querySelectorAll('.students a')].map(a => [a.textContent, a.getAttribute('href')])).toEqual([
    ['Ada Alder', `/students/${ADA}`],
    ['Ben Zeller', `/students/${BEN}`],
  ])
})

test('the audit is told of the class and of every student who is named', async () => {
  told.length = 0
  await open(adviser, '/classes/hr-1')
  expect(told.map(({ action, units }) => [action, units])).toEqual([
    ['saw', ['advisory:hr-1', `student:${ADA}`, `student:${BEN}`]],
  ])
})

test('a principal reads the figures of a class of the own school, and no student', async () => {
  told.length = 0
  const { body, document } = await open(principal, '/classes/c-9')
  expect(document.querySelectorAll('.students')).toHaveLength(0)
  for (const secret of ['Alder', 'Zeller', ADA, BEN]) expect(body).not.toContain(secret)
  expect(told.map(({ units }) => units)).toEqual([['class:c-9']])
})

test('the school page leads a principal to the pages of its classes, and an adviser to those of their own', async () => {
  const links = async (browser: Browser): Promise<string[]> => {
    const { document } = await open(browser, '/schools/lincoln?week=2026-W10')
    return [...document.querySelectorAll('.units a')].map(a => a.getAttribute('href')!)
  }
  await addLive(warehouse, [aFigure({ unit_type: 'school', unit_id: 'lincoln' })])
  expect(await links(principal)).toEqual(['/classes/hr-1', '/classes/hr-2', '/classes/c-9'])
})

test('a class of somebody else is refused like one that does not exist, also to who may read published figures', async () => {
  for (const browser of [adviser, analyst]) {
    const other = await open(browser, '/classes/hr-2', 403)
    expect(other.text('main')).toBe((await open(browser, '/classes/nowhere', 403)).text('main'))
  }
  await open(adviser, '/classes/gone', 404)
})

test('names are given to the adviser of a student only, and of the classes of today', async () => {
  const names = new Names(warehouse, () => '2026-03-05')
  const reader = (role: string, scope: object) =>
    ({ kind: 'person', role, scope: { schools: [], advisories: [], ...scope }, closed: [] }) as never
  const own = await names.student(reader('adviser', SCOPE), ADA)
  expect(own).toMatchObject({ given: 'Ada', family: 'Alder', grade: '09', unit: { classes: ['hr-1', 'c-9'] } })
  for (const [role, scope, student] of [
    ['adviser', SCOPE, DORA],
    ['adviser', SCOPE, CLEO],
    ['adviser', SCOPE, 'e'.repeat(64)],
    ['adviser', SCOPE, "' or 1"],
    ['principal', { schools: ['lincoln'] }, ADA],
    ['analyst', {}, ADA],
  ] as const)
    await expect(names.student(reader(role, scope), student)).rejects.toMatchObject({ code: 'SCOPE_DENIED' })
})

test('of a class that has ended, those who were in it on its last day are its students', async () => {
  const names = new Names(warehouse, () => '2026-11-22')
  const reader = { kind: 'person', role: 'adviser', scope: SCOPE, closed: [] } as never
  await addStudents(warehouse, [{ id: 'f'.repeat(64), given: 'Flo', family: 'Last', classes: ['old'], until: '2026-06-13' }, { id: '9'.repeat(64), given: 'Gus', family: 'Before', classes: ['old'], until: '2026-06-01' }], { school: 'lincoln' }) // prettier-ignore
  const scoped = { kind: 'person', role: 'adviser', scope: { ...SCOPE, classes: ['old'] }, closed: [] } as never
  const found = await names.studentsOf(scoped, { type: 'class', id: 'old' })
  expect(found!.map(({ family }) => family)).toEqual(['Last'])
  expect(await names.studentsOf(reader, { type: 'class', id: 'old' })).toBeNull()
})
