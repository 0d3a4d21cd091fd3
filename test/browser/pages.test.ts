import { inflateSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { byTheme, measuresOf } from '../../dashboards/pages/parts/themes.ts'
import { addDays } from '../../dashboards/weeks.ts'
import { createAccount, type Scope } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { weekly } from '../../schemas/catalogue.ts'
import {
  addClasses,
  addLive,
  addSchools,
  contactOnly,
  districtFigures,
  figureOf,
  publish,
} from '../dashboards/a-district.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const SCHOOLS = ['Adams', 'Lincoln', 'Monroe', 'Oak Hill', 'Tiny', 'Washington'].map((name, i) => ({
  id: name.toLowerCase().replace(' ', '-'),
  name: `${name} School`,
  students: i === 4 ? 7 : i === 3 ? 14 : 200 + 50 * i,
}))
const WEEK = '?week=2026-W10'
/** Charts of a school with figures of everything. */
const DRAWN = byTheme(measuresOf('school')).map(({ drawn }) => drawn.length)
const SHOWN = DRAWN.reduce((sum, count) => sum + count, 0)
/** On paper two of each theme after the first. */
const PRINTED = DRAWN.reduce((sum, count, i) => sum + (i === 0 ? count : Math.min(2, count)), 0)

let warehouse: Warehouse
let app: FastifyInstance
let browser: Browser
let origin: string

type Visitor = { context: BrowserContext; page: Page; faults: string[] }
type Options = { role: string; scope?: Partial<Scope>; width?: number; scheme?: 'light' | 'dark' }

/** A browser in which this role has signed in by pressing the button behind a link; `faults`: console errors and refusals. */
async function visitor({ role, scope = {}, width = 1200, scheme = 'light' }: Options): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
  await context.addInitScript(() => {
    const scope = globalThis as unknown as {
      document: { addEventListener: (name: string, on: (e: { violatedDirective: string }) => void) => void }
    }
    scope.document.addEventListener('securitypolicyviolation', event =>
      console.error(`refused by policy: ${event.violatedDirective}`),
    )
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('pageerror', error => faults.push(error.message))
  const { account } = await createAccount(warehouse, { id: `${role} of the test`, kind: 'person', role, scope })
  await signIn(page, origin + (await createSignInLink(warehouse, account)))
  return { context, page, faults }
}

const PRINCIPAL = { role: 'principal', scope: { schools: ['lincoln'] } }
const PAGES: [string, Options, string][] = [
  ['district', { role: 'analyst' }, `/district${WEEK}`],
  ['school, live', PRINCIPAL, `/schools/lincoln${WEEK}`],
  ['school, published, suppressed', { role: 'analyst' }, `/schools/tiny${WEEK}`],
  ['school of which only contact is logged', { role: 'analyst' }, `/schools/garden${WEEK}`],
  ['catalogue', { role: 'researcher' }, '/catalogue'],
  ['research', { role: 'researcher' }, '/research'],
  ['status', { role: 'operator' }, '/status'],
  ['audit', { role: 'operator' }, '/audit'],
]

describe.skipIf(!browserIsThere())('in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    const figures = districtFigures(SCHOOLS, 28)
    const garden = Array.from({ length: 20 }, (_, i) =>
      contactOnly('school', 'garden', addDays('2025-11-03', 7 * i), 230 + 9 * Math.sin(i)),
    )
    await addSchools(warehouse, [...SCHOOLS, { id: 'garden', name: 'Garden School' }])
    await publish(warehouse, 1, [...figures, ...garden.flat()])
    await addLive(
      warehouse,
      figures.filter(figure => figure.unit_id === 'lincoln'),
    )
    const classes = ['HR-1', 'HR-2', 'MATH-9', 'MATH-10'].map((label, i) => ({
      id: `c${i}`,
      school: 'lincoln',
      label,
      homeroom: i < 2,
    }))
    await addClasses(warehouse, classes)
    await addLive(
      warehouse,
      classes.flatMap((c, i) =>
        weekly.map(entry =>
          figureOf(entry.id, c.homeroom ? 'advisory' : 'class', c.id, '2026-03-02', 26, i, 16 + 4 * i),
        ),
      ),
    )
    app = (await anApp(warehouse)).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, options, path] of PAGES) {
      test(`${name}, ${scheme}: axe finds nothing, nothing is refused by policy, no error on the console`, async () => {
        const { context, page, faults } = await visitor({ ...options, scheme })
        await page.goto(origin + path)
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await violations(page)).toEqual([])
        expect(faults).toEqual([])
        await context.close()
      })
    }
  }

  test('pages for those who are not signed in pass axe too', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    for (const path of ['/district', '/nowhere', `/sign-in/${'A'.repeat(43)}`]) {
      await page.goto(origin + path)
      expect(await violations(page)).toEqual([])
    }
    await context.close()
  })

  test('the keyboard reaches every control in the order of the page, and shows where it is', async () => {
    const { context, page } = await visitor({ role: 'analyst' })
    await page.goto(`${origin}/district${WEEK}`)
    const reached: string[] = []
    for (;;) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(FOCUSED)
      if (at.index < 0 || reached.length > 200) break
      expect(at).toMatchObject({ index: reached.length, outlined: true, visible: true })
      reached.push(at.text)
    }
    expect(reached.length).toBe(await page.evaluate(`${VISIBLE_CONTROLS}.length`))
    expect(reached.slice(0, 10)).toEqual([
      'Skip to content',
      'Homeroom',
      'District',
      'Explore',
      'Indicators',
      'Research',
      'Saved views',
      'By e-mail',
      'Status',
      'Sign out',
    ])
    await context.close()
  })

  test('the skip link leads to the content; a table opens, and the week changes, by keyboard', async () => {
    const { context, page } = await visitor({ role: 'analyst' })
    await page.goto(`${origin}/district${WEEK}`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('content')
    const summary = page.locator('figure.measure summary').first()
    await summary.focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('figure.measure table').first().isVisible()).toBe(true)
    await page.locator('#week').focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/week=2026-W09/)
    expect(await page.locator('.lead').textContent()).toContain('23 February 2026')
    await context.close()
  })

  for (const [name, options, path] of PAGES) {
    test(`${name}: on a phone nothing is wider than the screen, tables scroll in their frame`, async () => {
      const { context, page } = await visitor({ ...options, width: 360 })
      await page.goto(origin + path)
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      await context.close()
    })
  }

  test('a chart that stands alone is as wide as one of four', async () => {
    const { context, page } = await visitor({ role: 'analyst' })
    const width = async (school: string): Promise<number | undefined> => {
      await page.goto(`${origin}/schools/${school}${WEEK}`)
      return (await page.locator('figure.measure').first().boundingBox())?.width
    }
    expect(await width('garden')).toBe(await width('lincoln'))
    await context.close()
  })

  test('a printed school page has its first four charts on the first sheet, and no navigation', async () => {
    const { context, page } = await visitor(PRINCIPAL)
    await page.goto(`${origin}/schools/lincoln${WEEK}`)
    for (const format of ['A4', 'Letter']) {
      const sheets = sheetsOf(await page.pdf({ format }))
      expect(sheets.length).toBeLessThanOrEqual(4)
      expect(districtLines(sheets[0]!)).toBeGreaterThanOrEqual(2 * 4)
    }
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('nav').first().isVisible()).toBe(false)
    expect(await page.locator('.week-choice').isVisible()).toBe(false)
    expect(await page.locator('figure.measure svg.chart').count()).toBe(SHOWN)
    expect(await page.locator('figure.measure svg.chart:visible').count()).toBe(PRINTED)
    await context.close()
  })

  test('signing out leads to a page that says so, and back does not show figures', async () => {
    const { context, page } = await visitor({ role: 'analyst' })
    await page.goto(`${origin}/district${WEEK}`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    expect(await page.locator('h1').textContent()).toBe('You are not signed in')
    await page.goBack()
    expect(await page.locator('h1').textContent()).toBe('You are not signed in')
    await context.close()
  })
})

const CONTROLS = 'a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]'

/** Without those in a table that is still closed. */
const VISIBLE_CONTROLS = `[...document.querySelectorAll('${CONTROLS}')].filter(control => control.checkVisibility())`

/** Which control has the focus: its place among all, its text, whether it is outlined and in view. */
const FOCUSED = `(() => {
  const at = document.activeElement
  const box = at.getBoundingClientRect()
  return {
    index: ${VISIBLE_CONTROLS}.indexOf(at),
    text: at.textContent.replace(/\\s+/g, ' ').trim(),
    outlined: getComputedStyle(at).outlineStyle !== 'none',
    visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  }
})()` as unknown as () => { index: number; text: string; outlined: boolean; visible: boolean }

/** The drawing instructions of each sheet of a PDF made by Chromium. */
function sheetsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1')
  return [...text.matchAll(/\/Type \/Page\n[\s\S]*?\/Contents (\d+) 0 R/g)].map(([, contents]) => {
    const begin = text.indexOf('stream\n', text.indexOf(`\n${contents} 0 obj`)) + 'stream\n'.length
    return inflateSync(pdf.subarray(begin, text.indexOf('endstream', begin))).toString('latin1')
  })
}

/** How often a sheet is painted in the grey of the district's line and name, #3d3d3d, which only charts use. */
const districtLines = (sheet: string): number => sheet.match(/\.2392 \.2392 \.2392 rg$/gm)?.length ?? 0
