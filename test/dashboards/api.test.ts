import type { FastifyInstance } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { IndicatorRow } from '../../schemas/indicator.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, aFigure, noFigure, publish } from './a-district.ts'
import { anApp, signedIn, type Browser } from './an-app.ts'

let warehouse: Warehouse
let app: FastifyInstance
let analyst: Browser
let principal: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'tiny', name: 'Tiny' },
  ])
  await addClasses(warehouse, [
    { id: 'c-1', school: 'lincoln', label: 'MATH-1' },
    { id: 'c-2', school: 'tiny', label: 'MATH-2' },
  ])
  await publish(warehouse, 7, [
    aFigure(),
    aFigure({ week: '2026-03-09', value: 0.6 }),
    noFigure('suppressed', { unit_type: 'school', unit_id: 'tiny', value: 0.5, n: 7 }),
  ])
  await addLive(warehouse, [
    aFigure({ unit_type: 'school', unit_id: 'lincoln', value: 0.7 }),
    aFigure({ unit_type: 'class', unit_id: 'c-1', value: 0.5, n: 20 }),
    aFigure({ unit_type: 'class', unit_id: 'c-2', value: 0.5, n: 20 }),
  ])
  app = (await anApp(warehouse)).app
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
})

type Answer = { tier: string; snapshot: string | null; rows: IndicatorRow[] }

async function ask(browser: Browser, query: Record<string, string>): Promise<Answer> {
  const answer = await browser.get(`/api/indicators?${new URLSearchParams(query)}`)
  expect(answer.statusCode).toBe(200)
  return answer.json<Answer>()
}

test('published figures come with their snapshot, interval and status', async () => {
  const { tier, snapshot, rows } = await ask(analyst, {
    indicator: 'active_days',
    unit_type: 'district',
    week: '2026-W10',
  })
  expect([tier, snapshot]).toEqual(['published', '7'])
  expect(rows).toMatchObject([
    {
      week: '2026-03-02',
      period: '2026-W10',
      value: 0.64,
      lo95: 0.62,
      hi95: 0.66,
      n: 250,
      status: 'ok',
      as_of: '2026-03-20T21:00:00.000Z',
    },
  ])
  for (const row of rows) IndicatorRow.parse(row)
})

test('without a week all weeks come, in order', async () => {
  const { rows } = await ask(analyst, { indicator: 'active_days', unit_type: 'district' })
  expect(rows.map(row => row.week)).toEqual(['2026-03-02', '2026-03-09'])
})

test('a principal gets the own school and its classes live', async () => {
  expect(await ask(principal, { indicator: 'active_days', unit_type: 'school', unit_id: 'lincoln' })).toMatchObject({
    tier: 'live',
    snapshot: null,
    rows: [{ value: 0.7 }],
  })
  expect(await ask(principal, { indicator: 'active_days', unit_type: 'class', unit_id: 'c-1' })).toMatchObject({
    tier: 'live',
    rows: [{ value: 0.5 }],
  })
})

test('a suppressed figure has a status and no number, even if one were stored', async () => {
  const { rows } = await ask(analyst, { indicator: 'active_days', unit_type: 'school', unit_id: 'tiny' })
  expect(rows).toMatchObject([
    { status: 'suppressed', value: null, se: null, lo95: null, hi95: null, n: null, n_eff: null },
  ])
})

test('an analyst gets no live figure of a class', async () => {
  expect(await ask(analyst, { indicator: 'active_days', unit_type: 'class', unit_id: 'c-1' })).toMatchObject({
    tier: 'published',
    rows: [],
  })
})

test('what is outside the scope is refused, and so is whoever is not signed in', async () => {
  for (const query of [
    'unit_type=school&unit_id=tiny',
    'unit_type=class&unit_id=c-2',
    'unit_type=class&unit_id=nowhere',
  ]) {
    const answer = await principal.get(`/api/indicators?indicator=active_days&${query}`)
    expect([query, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([query, 403, 'SCOPE_DENIED'])
  }
  const answer = await app.inject('/api/indicators?indicator=active_days&unit_type=district')
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([401, 'CREDENTIALS_MISSING'])
})

test('a wrong query is answered with every wrong parameter and what was expected', async () => {
  const answer = await analyst.get('/api/indicators?indicator=happiness&unit_type=school&week=March')
  expect(answer.statusCode).toBe(400)
  const error = answer.json<{ code: string; message: string; next: string }>()
  expect(error.code).toBe('QUERY_INVALID')
  expect(error.message).toContain('indicator')
  expect(error.message).toContain('active_days')
  expect(error.message).toContain('week: expected an ISO week, for example 2026-W10')
  const missing = await analyst.get('/api/indicators?indicator=active_days&unit_type=school')
  expect(missing.json<{ message: string }>().message).toContain('unit_id')
})
