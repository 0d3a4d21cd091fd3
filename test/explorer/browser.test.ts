import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount, type Account } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { violations } from '../browser/axe.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aPublishedDistrict } from './a-published-district.ts'

const TWO = '/explore?indicator=active_days&unit=district&unit=school:lincoln&group=&group=grade:09'
/** Of everything that the page loads, compressed as it comes. */
const BUDGET = 150_000

let warehouse: Warehouse
let app: FastifyInstance
let browser: Browser
let origin: string
let account: Account

describe.skipIf(!browserIsThere())('in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await aPublishedDistrict(warehouse)
    app = (await anApp(warehouse)).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
    account = (await createAccount(warehouse, { id: 'analyst', kind: 'person', role: 'analyst' })).account
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 800 } }],
  ] as const) {
    test(`${name}: axe finds nothing before and after the script has drawn, nothing is refused, nothing is wider`, async () => {
      const { page, faults, close } = await visitor(options)
      await page.goto(origin + TWO)
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await violations(page)).toEqual([])
      await drawn(page)
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      expect(faults).toEqual([])
      await close()
    })
  }

  test('at twice the size nothing has to be scrolled sideways', async () => {
    const { page, close } = await visitor({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 })
    await page.goto(origin + TWO)
    await drawn(page)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    await close()
  })

  test('page, style and script together are less than 150 kB compressed; the script comes after the page', async () => {
    const { page, close } = await visitor({})
    const answers: Response[] = []
    page.on('response', answer => answers.push(answer))
    await page.goto(origin + TWO)
    await drawn(page)
    const sizes = await Promise.all(
      answers.map(async answer => {
        const url = answer.url().slice(origin.length)
        const { responseBodySize } = await answer.request().sizes()
        // What an earlier page brought, the stylesheet, comes from the browser's own store: as large as it was then.
        const kept = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
        return { path: url.split('?')[0]!, size: responseBodySize > 0 ? responseBodySize : kept.rawPayload.length }
      }),
    )
    const scripts = sizes.filter(({ path }) => path.endsWith('.js'))
    expect(scripts.length).toBe(2)
    for (const { size } of scripts) expect(size).toBeGreaterThan(500)
    const data = sizes.filter(({ path }) => path.startsWith('/api/'))
    expect(data.map(({ path }) => path)).toEqual(['/api/explore.arrow'])
    const total = sizes.filter(one => !data.includes(one)).reduce((sum, { size }) => sum + size, 0)
    expect(total).toBeGreaterThan(sizes.length * 500)
    expect(total).toBeLessThan(BUDGET)
    console.log(`${total} bytes: ${sizes.map(({ path, size }) => `${path} ${size}`).join(', ')}`)
    await close()
  })

  test('what the script draws is what the server drew', async () => {
    const still = await visitor({ javaScriptEnabled: false })
    await still.page.goto(origin + TWO)
    const { page, close } = await visitor({})
    await page.goto(origin + TWO)
    await drawn(page)
    expect(await curves(page)).toEqual(await curves(still.page))
    await close()
    await still.close()
  })

  test('values stand under the pointer', async () => {
    const { page, close } = await visitor({})
    await page.goto(origin + TWO)
    await drawn(page)
    await page.locator('figure[data-line="2"] svg').hover()
    const tip = page.locator('figure[data-line="2"] .tip')
    await tip.filter({ hasText: 'Week of' }).waitFor()
    expect(await tip.textContent()).toMatch(
      /Week of \d+ \w+ 2025\u200b\d+ to \d+%; best estimate \d+%\u200b202 students/,
    )
    await close()
  })

  test('another choice is shown without a reload, at its own address; back leads back', async () => {
    const { page, close } = await visitor({})
    await page.goto(origin + TWO)
    await drawn(page)
    await page.evaluate('window.stays = true')
    await page.locator('#unit-2').focus()
    await page.locator('#unit-2').selectOption('school:adams')
    await page.getByRole('heading', { name: 'Adams School, grade 9' }).waitFor()
    expect(await page.evaluate('[window.stays, document.activeElement.id]')).toEqual([true, 'unit-2'])
    expect(page.url()).toContain('unit=district&group=&unit=school:adams&group=grade:09')
    expect(await page.getByRole('status').textContent()).toContain('Adams School, grade 9')
    await drawn(page)
    await page.goBack()
    await page.getByRole('heading', { name: 'Lincoln School, grade 9' }).waitFor()
    expect(await page.evaluate('window.stays')).toBe(true)
    await close()
  })

  test('a choice after the session is over leads to the way in', async () => {
    const { page, close } = await visitor({})
    await page.goto(origin + TWO)
    await drawn(page)
    await page.context().clearCookies()
    await page.locator('#unit-2').selectOption('school:adams')
    const heading = page.getByRole('heading', { name: /sign/i })
    await heading.waitFor()
    expect(await heading.count()).toBe(1)
    await close()
  })

  test('without a script the form leads to the same page, by keyboard', async () => {
    const { page, close } = await visitor({ javaScriptEnabled: false })
    await page.goto(`${origin}/explore`)
    await page.locator('#unit-2').selectOption('school:adams')
    await page.getByRole('button', { name: 'Show' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/unit=district&unit=school:adams&year=2025$/)
    expect(await page.locator('figure h3').allTextContents()).toEqual(['District', 'Adams School'])
    await close()
  })

  test('the picture is kept as PNG', async () => {
    const { page, faults, close } = await visitor({})
    await page.goto(origin + TWO)
    const kept = page.waitForEvent('download')
    await page.getByRole('button', { name: 'PNG' }).click()
    const download = await kept
    expect(download.suggestedFilename()).toBe('homeroom-active_days-snapshot-7.png')
    const bytes = readFileSync(await download.path())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    // Two pictures beside each other, twice as fine.
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([2 * 952, 2 * 378])
    expect(faults).toEqual([])
    await close()
  })
})

/** Until every picture is the script's. */
async function drawn(page: Page): Promise<void> {
  const pictures = await page.locator('.picture').count()
  await page
    .locator('.picture svg .tip')
    .nth(pictures - 1)
    .waitFor({ state: 'attached' })
}

/** Outlines of lines and bands, on whole pixels. */
async function curves(page: Page): Promise<string[]> {
  const paths = await page
    .locator('.picture .curve path, .picture .band path')
    .evaluateAll(nodes =>
      nodes.map(node => (node as unknown as { getAttribute: (name: string) => string }).getAttribute('d')),
    )
  expect(paths.length).toBeGreaterThan(3)
  return paths.map(path => path.replace(/-?\d+(\.\d+)?/g, number => String(Math.round(Number(number)))))
}

type Visitor = { page: Page; faults: string[]; close: () => Promise<void> }

async function visitor(options: BrowserContextOptions): Promise<Visitor> {
  const context = await browser.newContext(options)
  await context.addInitScript(
    `document.addEventListener('securitypolicyviolation', e => console.error('refused by policy: ' + e.violatedDirective))`,
  )
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('pageerror', error => faults.push(error.message))
  await signIn(page, origin + (await createSignInLink(warehouse, account)))
  return { page, faults, close: () => context.close() }
}
