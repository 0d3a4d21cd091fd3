import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addReport } from '../report/a-report.ts'
import { violations } from './axe.ts'

const PAGES = [
  ['live', 'principal', '/schools/oak/report'],
  ['live, in Spanish', 'principal', '/schools/oak/report?lang=es'],
  ['published, with nine families', 'analyst', '/schools/fir/report'],
  ['without growth and climate', 'principal', '/schools/new/report?lang=es'],
] as const

describe.skipIf(!browserIsThere())('a school’s report in a browser', () => {
  let warehouse: Warehouse
  let app: FastifyInstance
  let browser: Browser
  let origin: string

  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await addReport(warehouse)
    app = (await anApp(warehouse)).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  async function visited(role: string, path: string, colorScheme: 'light' | 'dark', width: number): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
    const page = await context.newPage()
    const scope = { schools: ['oak', 'new'] }
    const { account } = await createAccount(warehouse, { id: `${role} of reports`, kind: 'person', role, scope })
    await signIn(page, origin + (await createSignInLink(warehouse, account)))
    await page.goto(origin + path)
    return page
  }

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, role, path] of PAGES) {
      test(`${name}, ${scheme}: axe finds nothing, on a phone nothing is wider than the page`, async () => {
        const page = await visited(role, path, scheme, 390)
        expect(await violations(page)).toEqual([])
        const [width, visible] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )
        expect(width).toBeLessThanOrEqual(visible)
        await page.setViewportSize({ width: 1200, height: 900 })
        expect(await violations(page)).toEqual([])
        await page.context().close()
      })
    }
  }

  test('on paper: axe finds nothing, what is for the screen only is gone, every table is there whole', async () => {
    const page = await visited('principal', '/schools/oak/report', 'dark', 700)
    await page.emulateMedia({ media: 'print' })
    expect(await violations(page)).toEqual([])
    for (const gone of ['nav', '.report-controls', '.top'])
      expect(await page.locator(gone).first().isVisible()).toBe(false)
    const tables = page.locator('.report table')
    expect(await tables.count()).toBeGreaterThan(6)
    for (const table of await tables.all()) expect(await table.isVisible()).toBe(true)
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.report .scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-label'))`,
    )
    expect(cut).toEqual([])
    await page.context().close()
  })

  test('the other language is a link away, the week stays, and a keyboard reaches both', async () => {
    const page = await visited('principal', '/schools/oak/report?week=2026-W06', 'light', 1200)
    await page.getByRole('link', { name: 'En español' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/lang=es/)
    expect(await page.locator('.lead').textContent()).toBe('Informe de la escuela, semana del 2 de febrero de 2026')
    expect(await page.locator('html').getAttribute('lang')).toBe('es')
    await page.getByLabel('Semana del', { exact: true }).selectOption('2026-W10')
    await page.getByRole('button', { name: 'Mostrar' }).click()
    await page.waitForURL(/week=2026-W10/)
    expect(await page.locator('.lead').textContent()).toContain('2 de marzo de 2026')
    await page.context().close()
  })

  test('the page as printed has two to four sheets, the three questions on the first', async () => {
    for (const lang of ['en', 'es']) {
      const page = await visited('principal', `/schools/oak/report?lang=${lang}`, 'light', 1200)
      await page.emulateMedia({ media: 'print' })
      // Letter less its margins, at 96 dots an inch.
      await page.setViewportSize({ width: 725, height: 950 })
      const end = await page.evaluate<number>(
        `document.querySelector('.report-questions').getBoundingClientRect().bottom`,
      )
      expect([lang, end]).toEqual([lang, expect.toSatisfy((bottom: number) => bottom <= 950)])
      const pdf = (await page.pdf({ format: 'Letter', preferCSSPageSize: true })).toString('latin1')
      const pages = Number(/\/Type \/Pages\s[^>]*?\/Count (\d+)/.exec(pdf)?.[1])
      expect([lang, pages]).toEqual([lang, expect.toSatisfy((n: number) => n >= 2 && n <= 4)])
      await page.context().close()
    }
  })
})
