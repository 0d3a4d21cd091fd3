import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { byTheme, measuresOf } from '../../dashboards/pages/parts/themes.ts'
import { catalogue } from '../../schemas/catalogue.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import {
  addClasses,
  addLive,
  addSchools,
  aFigure,
  CLOSED,
  districtFigures,
  noFigure,
  publish,
  type Figure,
} from './a-district.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'

const HOSTILE = '<script>alert("x")</script> & \'Sons\''
const SCHOOLS = [
  { id: 'lincoln', name: 'Lincoln School', students: 400 },
  { id: 'monroe', name: 'Monroe School', students: 300 },
  { id: 'tiny', name: 'Tiny School', students: 7 },
  { id: 'hostile/../1', name: HOSTILE, students: 200 },
]
/** What pages draw of a unit with figures of everything, by theme. */
const DRAWN = byTheme(measuresOf('district')).flatMap(({ drawn }) => (drawn.length > 0 ? [drawn] : []))
/** Numbers that only hidden rows hold: none may ever reach a page. */
const HIDDEN = { value: 0.4242, se: 0.0177, lo95: 0.3737, hi95: 0.4747, n: 7, enrolled: 8 }

let warehouse: Warehouse
let app: FastifyInstance
let analyst: Browser
let principal: Browser
let adviser: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, SCHOOLS)
  await addClasses(warehouse, [
    { id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true },
    { id: 'hr-2', school: 'lincoln', label: 'HR-2', homeroom: true },
    { id: 'c-10', school: 'lincoln', label: 'MATH-10' },
    { id: 'c-9', school: 'lincoln', label: 'MATH-9' },
    { id: 'm-1', school: 'monroe', label: 'MONROE-CLASS' },
  ])
  const chosen = { week: '2026-03-02' }
  const figures = districtFigures(SCHOOLS, 28).filter(f => f.week !== chosen.week || f.indicator !== 'active_days')
  await publish(warehouse, 3, [
    ...figures,
    aFigure({ value: 0.641, lo95: 0.6195, hi95: 0.6634, n: 873, enrolled: 907 }),
    aFigure({ unit_type: 'school', unit_id: 'lincoln', value: 0.7, lo95: 0.68, hi95: 0.72, n: 390, enrolled: 400 }),
    aFigure({ unit_type: 'school', unit_id: 'monroe', value: 0.62, lo95: 0.5, hi95: 0.74, n: 14, enrolled: 15 }),
    noFigure('suppressed', { unit_type: 'school', unit_id: 'tiny', ...HIDDEN }),
    aFigure({ unit_type: 'advisory', unit_id: 'hr-1', value: 0.57, lo95: 0.48, hi95: 0.66, n: 18, enrolled: 18 }),
    noFigure('suppressed', { unit_type: 'advisory', unit_id: 'hr-2', ...HIDDEN }),
  ])
  await publish(warehouse, 4, [aFigure({ value: 0.99, lo95: 0.98, hi95: 1 })], false)
  const classes: Figure[] = [
    aFigure({
      ...chosen,
      unit_type: 'advisory',
      unit_id: 'hr-1',
      value: 0.55,
      lo95: 0.41,
      hi95: 0.69,
      n: 18,
      enrolled: 18,
    }),
    aFigure({
      ...chosen,
      unit_type: 'advisory',
      unit_id: 'hr-2',
      value: 0.56,
      lo95: 0.42,
      hi95: 0.7,
      n: 22,
      enrolled: 22,
    }),
    aFigure({ ...chosen, unit_type: 'class', unit_id: 'c-10', n: 25 }),
    aFigure({ ...chosen, unit_type: 'class', unit_id: 'c-9', n: 24 }),
    aFigure({ ...chosen, unit_type: 'class', unit_id: 'm-1', n: 24 }),
  ]
  const school = (id: string) =>
    aFigure({
      ...chosen,
      unit_type: 'school',
      unit_id: id,
      value: 0.69,
      lo95: 0.671,
      hi95: 0.709,
      n: 395,
      enrolled: 400,
    })
  await addLive(warehouse, [...classes, school('lincoln'), school('monroe')])
  await addLive(warehouse, [{ ...school('lincoln'), value: 0.685, lo95: 0.667, hi95: 0.703 }], 2)
  app = (await anApp(warehouse)).app
  analyst = await signedIn(app, warehouse, { id: 'an', role: 'analyst' })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
  adviser = await signedIn(app, warehouse, {
    id: 'ad',
    role: 'adviser',
    scope: { schools: ['lincoln'], advisories: ['hr-1'] },
  })
})

describe('the district page', () => {
  test('its first sentence states the range of the chosen week', async () => {
    const { text } = await open(analyst, '/district?week=2026-W10')
    expect(text('.lead')).toMatch(
      /^Students were active on 62 to 66% of their school days in the week of 2 March 2026, on average; the connected tools show \d+ to \d+ minutes of learning activity per student\.$/,
    )
  })

  test('it opens on the last week that was over', async () => {
    const { text } = await open(analyst, '/district')
    expect(text('option[selected]')).toBe('9 March 2026')
  })

  test('schools stand by name, never by value, and a snapshot that is not complete is not read', async () => {
    const { rows, text } = await open(analyst, '/district?week=2026-W10')
    const found = rows('.units').slice(1)
    expect(found.map(row => row[0])).toEqual([HOSTILE, 'Lincoln School', 'Monroe School', 'Tiny School', 'District'])
    expect(found[1]!.slice(0, 3)).toEqual(['Lincoln School', '390', '68 to 72% 70%'])
    expect(found[4]!.slice(0, 3)).toEqual(['District', '873', '62 to 66% 64%'])
    expect(text('.coverage')).toContain('Published 20 March 2026, 17:00 as snapshot 3')
    expect(text('.coverage')).toContain('873 of 907 enrolled students')
  })

  test('a value of 10 to 19 students is marked, and what the mark means is said', async () => {
    const { rows, text } = await open(analyst, '/district?week=2026-W10')
    expect(rows('.units').find(row => row[0] === 'Monroe School')![2]).toBe('50 to 74% 62%*')
    expect(text('.marks')).toContain('* 10 to 19 students: drawn towards the district’s figure')
  })

  test('no number of a suppressed cell stands anywhere in any page', async () => {
    for (const url of ['/district?week=2026-W10', '/schools/tiny?week=2026-W10']) {
      const { body } = await open(analyst, url)
      for (const hidden of ['42', '37', '47']) expect(body).not.toMatch(new RegExp(`\\b${hidden}(\\.\\d+)?%`))
      expect(body).not.toMatch(/0?\.(4242|0177|3737|4747)/)
      expect(body).toContain('fewer than 10')
    }
    const { rows } = await open(analyst, '/district?week=2026-W10')
    const row = ['Tiny School', ...Array<string>(1 + DRAWN[0]!.length).fill('fewer than 10')]
    expect(rows('.units').find(found => found[0] === 'Tiny School')).toEqual(row)
  })

  test('every picture is an image with a label, and its table holds every week, gaps named', async () => {
    const { document, rows } = await open(analyst, '/district?week=2026-W10')
    const figures = [...document.querySelectorAll('figure.measure')]
    expect(figures.map(figure => figure.querySelector('h3')?.textContent)).toEqual(
      DRAWN.flat().map(entry => entry.name),
    )
    for (const figure of figures) {
      expect(figure.querySelector('svg[role=img]')?.getAttribute('aria-label')).toMatch(
        /of the district, weekly from 1 September 2025 to 9 March 2026/,
      )
      expect(figure.querySelectorAll('tbody tr')).toHaveLength(28)
      expect(figure.querySelectorAll('table caption')).toHaveLength(1)
    }
    const [first] = figures
    expect(first!.querySelectorAll('th[scope=row]')).toHaveLength(28)
    expect(rows('figure.measure').filter(row => row[2] === 'no figure')).toHaveLength(
      CLOSED.length * DRAWN.flat().length,
    )
  })

  test('the indicator of the small pictures stands in the address', async () => {
    const { text, document } = await open(analyst, '/district?week=2026-W10&indicator=contact_minutes')
    expect(text('section[aria-labelledby=schools] .tabs [aria-current]')).toBe('People')
    expect(text('section[aria-labelledby=panels] .tabs [aria-current]')).toBe('Contact minutes')
    expect(document.querySelectorAll('.panels svg')).toHaveLength(SCHOOLS.length)
    const { text: first } = await open(analyst, '/district?indicator=nonsense')
    expect(first('section[aria-labelledby=panels] .tabs [aria-current]')).toBe('Active days')
  })

  test('a week without school says so; a week that is none is refused with what was expected', async () => {
    expect((await open(analyst, '/district?week=2025-W52')).text('.lead')).toContain(
      'cannot be said: there was no school',
    )
    const { text } = await open(analyst, '/district?week=2026-10', 400)
    expect(text('main')).toContain('week is "2026-10"; expected an ISO week, for example 2026-W10')
  })

  test('a week far from every figure is an empty page, not a failure', async () => {
    const { text, document } = await open(analyst, '/district?week=2031-W10')
    expect(text('.lead')).toContain('in the week of 3 March 2031 cannot be said')
    expect(text('.without')).toBe(
      'No figures this school year: Active days, Time on task, Weekend activity, Contact minutes, Skills gained (there was no school, or nothing has been computed for it).',
    )
    expect(document.querySelectorAll('svg, table')).toHaveLength(0)
  })

  test('a principal sees the district, and of the schools only the own one', async () => {
    const { rows, body } = await open(principal, '/district?week=2026-W10')
    expect(
      rows('.units')
        .slice(1)
        .map(row => row[0]),
    ).toEqual(['Lincoln School', 'District'])
    expect(body).not.toContain('Monroe')
  })
})

describe('the school page', () => {
  test('a principal reads live figures, the latest computation, beside the published district', async () => {
    const { text, rows } = await open(principal, '/schools/lincoln?week=2026-W10')
    expect(text('.lead')).toBe(
      'Students at Lincoln School were active on 67 to 70% of their school days in the week of 2 March 2026, on average. Their active days are above the district (62 to 66%).',
    )
    expect(text('.coverage')).toContain('live: everything that had arrived by 20 March 2026, 17:00')
    expect(rows('.units').map(row => row[0])).toEqual(['Advisory', 'HR-1', 'HR-2', 'Class', 'MATH-9', 'MATH-10'])
    expect(rows('.units')[1]!.slice(0, 3)).toEqual(['HR-1', '18', '41 to 69% 55%*'])
  })

  test('an analyst reads published figures, of classes too, small ones hidden', async () => {
    const { text, body, rows } = await open(analyst, '/schools/lincoln?week=2026-W10')
    expect(text('.lead')).toContain('68 to 72% of their school days')
    const found = rows('section[aria-labelledby=classes] > .scroll .units')
    expect(found.map(row => row[0])).toEqual(['Advisory', 'HR-1', 'HR-2'])
    expect(found[1]!.slice(0, 3)).toEqual(['HR-1', '18', '48 to 66% 57%*'])
    expect(found[2]!.slice(0, 3)).toEqual(['HR-2', 'fewer than 10', 'fewer than 10'])
    expect(body).not.toMatch(/0?\.(4242|3737|4747)|\b(37|42|47)%/)
  })

  test('an adviser reads the own advisory live and the school as published', async () => {
    const { text, rows, body } = await open(adviser, '/schools/lincoln?week=2026-W10')
    expect(text('.lead')).toContain('68 to 72% of their school days')
    expect(rows('section[aria-labelledby=classes] > .scroll .units').map(row => row[0])).toEqual(['Advisory', 'HR-1'])
    expect(body).not.toContain('HR-2')
    expect(body).not.toContain('MATH-')
  })

  test('what two overlapping intervals do not settle is not said', async () => {
    const { text } = await open(analyst, '/schools/monroe?week=2026-W10')
    expect(text('.lead')).toContain('not distinguishable from the district (62 to 66%)')
  })

  test('a school of somebody else is refused like one that does not exist', async () => {
    for (const browser of [principal, adviser]) {
      const other = await open(browser, '/schools/monroe', 403)
      const none = await open(browser, '/schools/nowhere', 403)
      expect(other.text('main')).toBe(none.text('main'))
    }
    await open(analyst, '/schools/nowhere', 404)
  })

  test('a name that is markup stays a name, and its id finds the page', async () => {
    const { document, text } = await open(analyst, '/district?week=2026-W10')
    expect(document.querySelectorAll('script')).toHaveLength(0)
    const href = [...document.querySelectorAll('.units a')]
      .map(a => a.getAttribute('href')!)
      .find(h => h.includes('hostile'))
    const page = await open(analyst, href!)
    expect(page.text('h1')).toBe(HOSTILE)
    expect(page.document.querySelectorAll('script')).toHaveLength(0)
    expect(text('.units')).toContain(HOSTILE)
  })
})

describe('the other pages', () => {
  test('the catalogue shows every indicator with its question, unit, caution and source', async () => {
    const { text } = await open(analyst, '/catalogue')
    for (const entry of catalogue)
      for (const said of [entry.name, entry.question, entry.unit, entry.caution, entry.source])
        expect(text('main')).toContain(said)
  })

  test('each role begins where its work is', async () => {
    const researcher = await signedIn(app, warehouse, { id: 're', role: 'researcher' })
    const operator = await signedIn(app, warehouse, { id: 'op', role: 'operator' })
    const first = async (browser: Browser) => (await browser.get('/')).headers.location
    expect(await Promise.all([analyst, principal, adviser, researcher, operator].map(first))).toEqual([
      '/district',
      '/schools/lincoln',
      '/home',
      '/district',
      '/status',
    ])
    await open(operator, '/status')
    for (const url of ['/district', '/schools/lincoln']) await open(operator, url, 403)
    await open(principal, '/status', 403)
  })

  test('nobody sees a page without being signed in, and is told how', async () => {
    for (const url of ['/', '/district', '/schools/lincoln', '/catalogue', '/status']) {
      const answer = await app.inject(url)
      expect([url, answer.statusCode]).toEqual([url, 401])
      expect(answer.body).toContain('You are not signed in')
    }
  })

  test('an address where nothing is says so', async () => {
    expect((await open(analyst, '/nothing/here', 404)).text('h1')).toBe('There is no such page')
  })

  test('the stylesheet may be kept for ever, because its address changes with it', async () => {
    const { document } = await open(analyst, '/catalogue')
    const style = await app.inject(document.querySelector('link[rel=stylesheet]')!.getAttribute('href')!)
    expect([style.statusCode, style.headers['content-type'], style.headers['cache-control']]).toEqual([
      200,
      'text/css; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
  })
})

describe('while the first figures are being loaded', () => {
  test('pages say what is happening and when to look again; a principal’s page fills as soon as figures are live', async () => {
    const empty = await freshWarehouse()
    await addSchools(empty, SCHOOLS)
    const { app: loading } = await anApp(empty)
    const first = await signedIn(loading, empty, { id: 'an', role: 'analyst' })
    const own = await signedIn(loading, empty, { id: 'pr', role: 'principal', scope: { schools: ['lincoln'] } })
    const page = await open(first, '/district', 503)
    expect(page.headers['retry-after']).toBe('5')
    expect(page.text('h1')).toBe('The district’s first week is being loaded')
    expect(page.text('main')).toContain('No record has arrived yet')
    expect((await open(own, '/schools/lincoln', 503)).text('h1')).toBe(
      'The first week of Lincoln School is being loaded',
    )
    await addLive(empty, [aFigure({ unit_type: 'school', unit_id: 'lincoln', value: 0.69, lo95: 0.671, hi95: 0.709 })])
    const live = await open(own, '/schools/lincoln')
    expect(live.text('.lead')).toContain('67 to 71% of their school days in the week of 2 March 2026, on average.')
    expect(live.text('.coverage')).toContain('The district’s figures have not been published yet')
  })
})
