import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { climateStage } from '../../processors/climate/recompute-climate.ts'
import { aSchool, enrol, person, ZONE } from '../helpers/records.ts'
import { aLink, asking, PULSE, read, type Asking } from './asking.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
let pages: Asking
let path: string

const BOTH = { page: '0', 'a.Q1': '4', 'a.Q2': '1' }

beforeEach(async () => {
  warehouse = await emptied()
  pages = await asking(warehouse)
  path = await aLink(warehouse, { instrument: 'pulse-student', window: '' })
})

const counted = async (): Promise<string[]> => {
  await pages.store()
  const found = await warehouse.query<{ window: string }>(
    "select window from survey_responses_counted where counts and instrument = 'pulse-student' order by window",
  )
  return found.map(({ window }) => window)
}

test('nobody is asked who has not agreed, and what they send is not taken', async () => {
  const first = await pages.get(path)
  expect(read(first)).toMatchObject({ title: 'May we ask you again and again?' })
  expect(read(first).texts('button')).toEqual(['Yes, I take part', 'No, thank you'])
  expect(read(await pages.get(`${path}?lang=es`)).texts('button')).toEqual(['Sí, participo', 'No, gracias'])
  expect(read(await pages.post(path, BOTH)).title).toBe('May we ask you again and again?')
  expect(pages.entries).toEqual([])
})

test('one link asks once every week those who have agreed once', async () => {
  expect((await pages.post(path, { do: 'agree' })).statusCode).toBe(303)
  expect(read(await pages.get(path)).texts('legend')).toEqual(['Question Q1', 'Question Q2'])
  expect((await pages.post(path, BOTH)).statusCode).toBe(303)
  expect(read(await pages.get(path)).title).toBe('Thank you')
  pages.set('2026-03-09T15:00:00Z')
  expect(read(await pages.get(path)).texts('legend')).toEqual(['Question Q1', 'Question Q2'])
  await pages.post(path, BOTH)
  expect(await counted()).toEqual(['2026-W10', '2026-W11'])
  pages.set('2026-03-16T15:00:00Z')
  expect((await pages.get(path)).statusCode).toBe(410)
})

test('who takes the agreement back is asked no more; this week’s answers are taken back, earlier ones stay', async () => {
  await pages.post(path, { do: 'agree' })
  await pages.post(path, BOTH)
  pages.set('2026-03-10T15:00:00Z')
  await pages.post(path, BOTH)
  await pages.post(path, { do: 'withdraw' })
  const page = await pages.get(path)
  expect(read(page)).toMatchObject({ title: 'You are not asked' })
  expect(read(page).texts('button')).toEqual(['Take part after all'])
  expect(await counted()).toEqual(['2026-W10'])
})

test('who agrees after all answers this week anew', async () => {
  await pages.post(path, { do: 'agree' })
  await pages.post(path, BOTH)
  await pages.post(path, { do: 'withdraw' })
  pages.set('2026-03-05T15:00:01Z')
  await pages.post(path, { do: 'agree' })
  expect(read(await pages.get(path)).chosen).toEqual([])
  await pages.post(path, BOTH)
  expect(await counted()).toEqual(['2026-W10'])
})

test('the agreement is a person’s, not a link’s, and nobody else’s', async () => {
  await pages.post(path, { do: 'agree' })
  const [again, other] = [
    await aLink(warehouse, { instrument: 'pulse-student', window: '' }),
    await aLink(warehouse, { instrument: 'pulse-student', window: '', who: 'ben' }),
  ]
  expect(read(await pages.get(again)).texts('legend')).toHaveLength(PULSE.items.length)
  expect(read(await pages.get(other)).title).toBe('May we ask you again and again?')
  const kept = await warehouse.query<{ who: string; agreed: number }>(
    'select lower(hex(person_id)) as who, agreed from {identity:Identifier}.survey_consents final',
  )
  expect(kept).toEqual([{ who: person('ada'), agreed: 1 }])
})

test('between two windows the page says when the next one opens', async () => {
  await pages.post(path, { do: 'agree' })
  pages.set('2026-02-27T15:00:00Z')
  const page = await pages.get(path)
  expect([page.statusCode, read(page).title]).toEqual([200, 'This survey is not open yet'])
  expect(page.body).toContain('March 2, 2026')
})

test('a week has figures when it is over, question by question, from ten answers on', async () => {
  const students = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'joe', 'kim']
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': students }))
  const links = new Map<string, string>()
  for (const who of students) links.set(who, await aLink(warehouse, { who, instrument: 'pulse-student', window: '' }))
  for (const [i, who] of students.entries()) {
    await pages.post(links.get(who)!, { do: 'agree' })
    await pages.post(links.get(who)!, { page: '0', 'a.Q1': String(1 + (i % 4)), 'a.Q2': 'declined0' })
  }
  pages.set('2026-03-10T15:00:00Z')
  for (const who of students.slice(0, 9)) await pages.post(links.get(who)!, { page: '0', 'a.Q1': '4', 'a.Q2': '1' })
  await pages.store()
  let now = new Date('2026-03-08T20:00:00Z')
  const stage = climateStage({ warehouse, config: { timeZone: ZONE, district: 'd1' }, clock: () => now })
  const figures = () =>
    warehouse.query(
      `select period, indicator, splitByChar(',', toString(slice))[-1] as of, toFloat64(n) as n, status, isNull(value) as hidden
       from indicators final where unit_type = 'school' and indicator = 'item_score' order by period, of`,
    )
  await stage.run(['2026-03-02', '2026-03-09'], () => false)
  expect(await figures()).toEqual([])
  now = new Date('2026-03-16T12:00:00Z')
  await stage.run(['2026-03-02', '2026-03-09'], () => false)
  expect(await figures()).toEqual([
    { period: '2026-W10', indicator: 'item_score', of: 'item=Q1', n: 11, status: 'ok', hidden: 0 },
    { period: '2026-W11', indicator: 'item_score', of: 'item=Q1', n: 9, status: 'insufficient', hidden: 1 },
    { period: '2026-W11', indicator: 'item_score', of: 'item=Q2', n: 9, status: 'insufficient', hidden: 1 },
  ])
  const scores = await warehouse.query(
    "select distinct status, isNull(value) as hidden from indicators final where indicator = 'climate_score'",
  )
  expect(scores).toEqual([{ status: 'insufficient', hidden: 1 }])
})
