import type { FastifyInstance } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { dashboardDescriptions } from '../../dashboards/openapi.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { CLIMATE_INDICATORS } from '../../processors/climate/recompute-climate.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClimate, answersNow, NOW } from './a-climate.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'

let warehouse: Warehouse
let app: FastifyInstance
let principal: Browser
let ofFir: Browser
let adviser: Browser
let analyst: Browser
// Links of a past day would be dropped by the engine's own clock: signed in now, read then.
let now = (): Date => new Date()

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addClimate(warehouse)
  app = (await anApp(warehouse, () => now())).app
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['oak'] } })
  ofFir = await signedIn(app, warehouse, { id: 'fi', role: 'principal', scope: { schools: ['fir'] } })
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: { schools: ['oak'] } })
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
  now = () => new Date(NOW)
}, 180_000)

const section = async (who: Browser, path: string, heading = 'climate'): Promise<string> => {
  const { document } = await open(who, path)
  return plain(document.querySelector(`#${heading}`)?.closest('section')?.textContent)
}
const page = async (who: Browser, path: string): Promise<string> => (await open(who, path)).text('main')
const plain = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim()

test('a school page begins with the range of every voice, then who answered', async () => {
  const said = await section(principal, '/schools/oak')
  expect(said).toMatch(
    /^How school feels In spring 2026, .+ of students, \d+ to \d+% of families and .+ of staff who answered here were favourable to “I feel that I belong at this school”\./,
  )
  expect(said).toContain('Students who answered 39 of 60 (65%)')
  expect(said).toContain('Families who answered 24 of 60 (40%, limited)')
})

test('scores say what has changed since the window before, and how far voices are apart', async () => {
  const { rows } = await open(principal, '/schools/oak/climate')
  const [belonging] = rows('[aria-label="Table of scores"] table').filter(([about]) => about === 'Belonging')
  expect(belonging![1]).toMatch(/^\d\.\d\d to \d\.\d\d \d\.\d\d$/)
  expect(belonging![2]).toMatch(/^\d\.\d\d to \d\.\d\d higher than in fall 2025$/)
  expect(belonging![5]).toMatch(/^students (and staff not distinguishable|\d\.\d\d to \d\.\d\d below staff)/)
  expect(belonging!.join(' ')).not.toContain('families')
})

test('every question stands with its wording in both languages, and one voice’s beside the others', async () => {
  const { document } = await open(analyst, '/schools/oak/climate')
  const figures = [...document.querySelectorAll('figure.voices')].map(one => plain(one.textContent))
  expect(figures.some(text => text.startsWith('Students, Staff: I feel that I belong at this school. Families: My child belongs at this school.'))).toBe(true) // prettier-ignore
  expect(plain(document.querySelector('[lang=es]')?.textContent)).toBe('Siento que soy parte de esta escuela.')
  // 35 + 30 questions of students, and those that only others were asked.
  expect(figures.length).toBeGreaterThanOrEqual(63)
})

test('questions that contradict the others are named before any figure of them', async () => {
  const said = await page(principal, '/schools/oak/climate')
  expect(said).toContain(
    'The questions contradict each other. Who agrees with these questions disagrees with the others of the same topic.',
  )
  expect(said).toContain('“No adult at school would notice if something were wrong with me.” (CA4)')
  expect(said.indexOf('The questions contradict')).toBeLessThan(said.indexOf('Scores by topic'))
})

test('competencies are said to be formative', async () => {
  expect(await section(analyst, '/district/climate', 'domain-sel')).toContain(
    'Formative: what classes and larger groups say of themselves',
  )
})

test('schools stand by name with three voices; a suppressed one says so', async () => {
  const { rows } = await open(analyst, '/district/climate')
  const found = rows('[aria-label="Three voices at each school"] table').slice(1)
  expect(found.map(([name]) => name)).toEqual(['ash', 'elm', 'fir', 'oak'])
  const [ash, elm, fir] = found
  expect(fir!.slice(3, 5)).toEqual(['not shown', 'not shown'])
  // Hidden with it: the district less the others would be the fir school.
  expect(ash!.slice(3, 5)).toEqual(['not shown', 'not shown'])
  expect(elm![3]).toBe('24 of 60 (40%, limited)')
  expect(elm![4]).toMatch(/^\d+ to \d+% \d+%$/)
})

test('who did not answer is told by grade', async () => {
  const { rows } = await open(principal, '/schools/oak/climate')
  const found = rows('[aria-label="Students who answered, by grade"] table').slice(1)
  expect(found.map(([grade, answered]) => [grade, answered])).toEqual([
    ['3', '13 of 20 (65%)'],
    ['4', '13 of 20 (65%)'],
    ['5', '13 of 20 (65%)'],
  ])
})

test('four views of a school stand on one time; what is not known says so', async () => {
  const [known, ash] = [
    await section(principal, '/schools/oak/climate', 'four-views'),
    await section(analyst, '/schools/ash/climate', 'four-views'),
  ]
  expect(known).toContain('Connectedness: an adult 5')
  expect(ash).toContain('Connectedness: an adult Not known: nothing is published of it.')
})

test('with four schools no association is told', async () => {
  expect(await section(analyst, '/district/climate', 'associations')).toContain(
    'With growth percentiles: too few schools to say. 4 have both figures; 20 are needed.',
  )
})

/** Every address of a page or figures about a unit, for one school and every question. */
function addresses(school: string, items: readonly string[]): string[] {
  const gets = Object.keys(dashboardDescriptions.operations).filter(route => route.startsWith('GET '))
  const pages = gets.map(route => route.slice('GET '.length).replace(':id', school).replace(':token', 'x'))
  const windows = ['2025-fall', '2026-spring', '2026-summer'].flatMap(window => [
    `/schools/${school}/climate?window=${window}`,
    `/district/climate?window=${window}`,
  ])
  const figures = CLIMATE_INDICATORS.flatMap(indicator =>
    [
      { unit_type: 'school', unit_id: school },
      { unit_type: 'district', unit_id: '' },
    ].map(unit => `/api/indicators?${new URLSearchParams({ indicator, ...unit }).toString()}`),
  )
  return [...pages, ...windows, ...figures, ...items.map(item => `/district/climate?question=${item}`)]
}

const TELLING = /1\.44|1,44|\b9 of\b|\b9 answered|\b9 responses|"n":9\b|\b15%/

test('a school with nine parents shows none of their numbers, on no route and to nobody', async () => {
  // They are there: nine people whose answers have a mean that no other cell of the district has.
  const [there] = await warehouse.query<{ people: number; mean: number }>(
    `select toUInt32(uniqExact(person)) as people, avg(scored) as mean from survey_answers_counted
     where instrument = 'school-climate-family' and window = '2026-spring' and student_id in (select person_id from enrolments final where school_id = 'fir')`,
  )
  expect(there).toEqual({ people: 9, mean: expect.closeTo(13 / 9, 9) })
  const items = (await warehouse.query<{ item: string }>("select distinct item_id as item from survey_items where informant = 'family'")).map(({ item }) => item) // prettier-ignore
  let read = 0
  for (const who of [analyst, ofFir, principal, adviser]) {
    for (const url of addresses('fir', items.slice(0, who === analyst ? 5 : 1))) {
      const { statusCode, body } = await who.get(url)
      if (statusCode !== 200) continue
      read++
      const text = body.replace(/<svg[\s\S]*?<\/svg>/g, svg => /aria-label="([^"]*)"/.exec(svg)?.[1] ?? '')
      expect([url, TELLING.exec(text.replace(/<[^>]+>/g, ' '))?.[0]]).toEqual([url, undefined])
    }
  }
  expect(read).toBeGreaterThan(40)
  // The same search finds a school whose families may be shown.
  const [elm] = await warehouse.query<{ value: number }>(
    "select assumeNotNull(value) as value from published where unit_id = 'elm' and indicator = 'item_score' and period = '2026-spring' and slice = 'informant=family,instrument=school-climate-family,item=B1'",
  )
  expect(await page(analyst, '/schools/elm/climate')).toContain(elm!.value.toFixed(2))
}, 120_000)

test('while a survey runs only the number of responses is told, from ten on, the moment they are stored', async () => {
  const received = async (who: Browser, path: string): Promise<string> =>
    plain((await open(who, path)).document.querySelector('.received')?.textContent)
  expect(await received(principal, '/schools/oak')).toContain('Families fewer than 10 responses')
  await answersNow(warehouse, 9)
  expect(await received(principal, '/schools/oak')).toContain('Families fewer than 10 responses')
  await answersNow(warehouse, 12)
  expect(await received(principal, '/schools/oak')).toBe(
    'Survey of summer 2026 runs until 12 June 2026. Received so far, by voice; what was answered is shown from 25 June 2026 on, when it is published. Students fewer than 10 responses Families 12 responses Staff fewer than 10 responses',
  )
  expect(await received(analyst, '/district')).toContain('Families 12 responses')
  // Of a school it is live: not for those who read published figures.
  expect(await received(analyst, '/schools/oak')).toBe('')
  expect(await received(adviser, '/schools/oak/climate')).toBe('')
  expect(await received(principal, '/district')).toBe('')
  expect(await page(principal, '/schools/oak/climate')).not.toContain('In summer 2026')
})

test('what people wrote is shown to the principal from ten texts on, and to nobody else', async () => {
  const words = await section(principal, '/schools/oak/climate', 'own-words')
  const texts = [...words.matchAll(/Something about oak, number (\d+)/g)].map(([, i]) => Number(i))
  expect(texts.toSorted((a, b) => a - b)).toEqual([...Array(12).keys()])
  // In no order that says who wrote, or when.
  expect(texts).not.toEqual([...Array(12).keys()])
  expect(await page(ofFir, '/schools/fir/climate')).not.toContain('Something about')
  for (const who of [analyst, adviser]) expect(await page(who, '/schools/oak/climate')).not.toContain('Something about')
})

test('a difference that has moved since the publication is not shown beside what was published', async () => {
  await warehouse.command(
    `insert into climate_differences select * replace (old.value + 0.01 as value, old.computed + 1 as computed)
     from climate_differences as old final where unit_id = 'oak' and kind = 'window' and subject = 'scale=belonging'`,
  )
  const { rows } = await open(principal, '/schools/oak/climate')
  const [belonging] = rows('[aria-label="Table of scores"] table').filter(([about]) => about === 'Belonging')
  expect(belonging![2]).toBe('–')
})

test('the explorer offers a question by its wording, and says by which one it shows', async () => {
  const page = await open(analyst, '/explore?indicator=item_favourable')
  const options = [...page.document.querySelectorAll('#measure option')].map(option => option.textContent)
  const wording = 'Families · learning-and-growing-family · “At least one adult at school knows my child well”'
  expect(options[0]).toBe(wording)
  expect(page.text('.how-to-read')).toMatch(new RegExp(`^${wording}. Share of those who answered`))
})
