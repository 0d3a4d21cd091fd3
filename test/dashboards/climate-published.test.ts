import { beforeAll, beforeEach, expect, test } from 'vitest'
import { addDays, periodOf } from '../../dashboards/weeks.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { aDistrict, aResponse, anInstrument } from '../processors/climate/a-window.ts'
import { addSchools, aFigure, noFigure, publish, type Figure } from './a-district.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'

const emptied = emptiedWarehouse()
const WINDOW = { id: '2026-spring', begin: '2026-03-02', end: '2026-03-14' }
const WEEK = '2026-03-09'
const VOICE = 'informant=student,instrument=climate-student'
let warehouse: Warehouse

beforeAll(async () => {
  await emptied()
}, 60_000)
beforeEach(async () => {
  warehouse = await emptied()
  await aDistrict(warehouse).store(anInstrument({ windows: [WINDOW] }))
})

const schools = (n: number): { id: string; name: string }[] =>
  Array.from({ length: n }, (_, i) => ({ id: `s${String(i).padStart(2, '0')}`, name: `School ${i}` }))

/** Figures of one school: belonging, and those of the other views. */
function figuresOf(id: string, belonging: number, other: number, response = 0.8): Figure[] {
  const place = { unit_type: 'school', unit_id: id, week: WEEK, period: WINDOW.id }
  const near = (value: number) => ({ value, lo95: value - 0.1, hi95: value + 0.1 })
  return [
    aFigure({ ...place, indicator: 'survey_response', slice: VOICE, value: response, lo95: response, hi95: response }),
    aFigure({ ...place, indicator: 'climate_score', slice: `${VOICE},scale=belonging`, ...near(belonging) }),
    aFigure({ ...place, indicator: 'active_days', period: periodOf(WEEK), ...near(other) }),
    aFigure({ ...place, indicator: 'growth_percentile', slice: 'subject=Mathematics,test=map', ...near(50 + other) }),
  ]
}

async function analystOf(figures: readonly Figure[], n: number): Promise<Browser> {
  await addSchools(warehouse, schools(n))
  const district = { week: WEEK, period: WINDOW.id, indicator: 'climate_score', slice: `${VOICE},scale=belonging` }
  await publish(warehouse, 1, [...figures, aFigure({ ...district, value: 3, lo95: 2.9, hi95: 3.1 })])
  const { app } = await anApp(warehouse)
  return await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
}

const across = async (who: Browser): Promise<string> => {
  const { document } = await open(who, '/district/climate')
  return (document.querySelector('#associations')?.closest('section')?.textContent ?? '').replace(/\s+/g, ' ')
}

/** Spearman's r of ranks that are all different, and its interval (Bonett & Wright 2000), by the textbook. */
function spearman(a: readonly number[], b: readonly number[]): { r: number; lo: number; hi: number } {
  const rank = (of: readonly number[], x: number): number => of.filter(y => y < x).length
  const n = a.length
  const d2 = a.reduce((sum, x, i) => sum + (rank(a, x) - rank(b, b[i]!)) ** 2, 0)
  const r = 1 - (6 * d2) / (n * (n * n - 1))
  const half = 1.959964 * Math.sqrt((1 + (r * r) / 2) / (n - 3))
  return { r, lo: Math.tanh(Math.atanh(r) - half), hi: Math.tanh(Math.atanh(r) + half) }
}

test('with 24 schools an association is told with the interval of Spearman’s r', async () => {
  const belonging = Array.from({ length: 24 }, (_, i) => 2.5 + i / 50)
  // All different, and rising with belonging but for a shuffle.
  const other = belonging.map((_, i) => 0.3 + ((i + ((7 * i) % 11)) % 24) / 100 + i / 1e4)
  const who = await analystOf(
    belonging.flatMap((x, i) => figuresOf(schools(24)[i]!.id, x, other[i]!)),
    24,
  )
  const { r, lo, hi } = spearman(belonging, other)
  const said = (x: number): string => `${x < 0 ? '−' : ''}${Math.abs(x).toFixed(2)}`
  expect(await across(who)).toContain(`${said(lo)} to ${said(hi)} (best estimate ${said(r)}; 24 schools)`)
  expect(await across(who)).toContain('With sustained adult contact: too few schools to say. 0 have both figures')
})

test('schools where fewer than half answered are not counted: 24 less five are too few', async () => {
  const figures = schools(24).flatMap(({ id }, i) => figuresOf(id, 2.5 + i / 50, 0.3 + i / 100, i < 5 ? 0.4 : 0.8))
  expect(await across(await analystOf(figures, 24))).toContain(
    'With active days: too few schools to say. 19 have both figures; 20 are needed.',
  )
})

test('a district that has only asked has pages that say so, also when answers are not kept any more', async () => {
  const surveyed = figuresOf('s00', 3, 0.5).slice(0, 2)
  const item = { indicator: 'item_favourable', slice: `${VOICE},item=B1`, week: WEEK, period: WINDOW.id }
  const who = await analystOf(
    [...surveyed, aFigure(item), aFigure({ ...item, unit_type: 'school', unit_id: 's00' })],
    1,
  )
  for (const path of ['/district', '/schools/s00']) {
    const { text } = await open(who, path)
    expect(text('.lead')).toBe('What people said in surveys is below.')
    expect(text('.sentence')).toMatch(/^In spring 2026, 62 to 66% of students who answered/)
  }
})

test('questions of the same name in two surveys of one voice are two questions', async () => {
  const items = [{ id: 'Q1', text: { en: 'I am listened to.' }, scale: 'agree', domain: 'voice' }]
  const other = [{ ...items[0], text: { en: 'I choose what I learn.' } }]
  await aDistrict(warehouse).store(
    anInstrument({ instrument: 'choices', items: other, windows: [WINDOW] }),
    anInstrument({ instrument: 'voices', items, windows: [WINDOW] }),
  )
  const figure = (instrument: string, value: number): Figure => {
    const slice = `informant=student,instrument=${instrument},item=Q1`
    const place = { indicator: 'item_favourable', slice, week: WEEK, period: WINDOW.id }
    return aFigure({ ...place, value, lo95: value, hi95: value })
  }
  const who = await analystOf([figure('choices', 0.31), figure('voices', 0.72)], 0)
  const { document } = await open(who, '/district/climate')
  const said = [...document.querySelectorAll('figure.voices figcaption')].map(one =>
    one.textContent.replace(/\s+/g, ' '),
  )
  expect(said.filter(text => text.includes('I choose what I learn.'))).toEqual([
    expect.stringContaining('Favourable: Students 31%'),
  ])
  expect(said.filter(text => text.includes('I am listened to.'))).toEqual([
    expect.stringContaining('Favourable: Students 72%'),
  ])
})

test('a pulse is a line from week to week, opens no page and hides no survey', async () => {
  const weeks = Array.from({ length: 16 }, (_, i) => addDays('2026-03-16', 7 * i))
  const pulse = { instrument: 'pulse', items: [{ id: 'PB', text: { en: 'I belonged.' }, scale: 'agree', domain: 'belonging' }] } // prettier-ignore
  const windows = weeks.map(week => ({ id: periodOf(week), begin: week, end: addDays(week, 7) }))
  const last = weeks[5]!
  const answer = { answers: { PB: 3 }, rest: { instrument: 'pulse', window: periodOf(last) } }
  await aDistrict(warehouse).store(anInstrument({ ...pulse, windows }), aResponse({ who: 'ada', day: last, ...answer }))
  const slice = 'informant=student,instrument=pulse,item=PB'
  const at = (week: string) => ({ indicator: 'item_favourable', slice, week, period: periodOf(week) })
  const figures = weeks.slice(0, 6).map((week, i) => (i === 3 ? noFigure('suppressed', at(week)) : aFigure(at(week))))
  const who = await analystOf([...figures, ...figuresOf('s00', 3, 0.5)], 1)
  const { text, rows } = await open(who, '/district/climate')
  expect(text('.earlier')).toContain('Asked in spring 2026')
  expect(text('nav.tabs')).toBe('')
  const table = rows('[aria-label="I belonged."] table').slice(1)
  expect(table.map(([, , favourable]) => favourable)).toEqual([
    ...Array.from({ length: 3 }, () => '62 to 66% 64%'),
    'not shown',
    ...Array.from({ length: 2 }, () => '62 to 66% 64%'),
  ])
})
