import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addClimate, NOW } from '../dashboards/a-climate.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const PAGES = [
  ['school', 'principal', '/schools/oak'],
  ['climate of a school, by its principal', 'principal', '/schools/oak/climate'],
  ['climate of a school with nine parents', 'analyst', '/schools/fir/climate'],
  ['district', 'analyst', '/district'],
  ['climate of the district', 'analyst', '/district/climate'],
] as const

describe.skipIf(!browserIsThere())('climate in a browser', () => {
  let warehouse: Warehouse
  let app: FastifyInstance
  let browser: Browser
  let origin: string
  let now = (): Date => new Date()

  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await addClimate(warehouse)
    app = (await anApp(warehouse, () => now())).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  async function visited(role: string, path: string, colorScheme: 'light' | 'dark', width: number): Promise<Page> {
    // Links of a past day would be dropped by the engine's own clock: signed in now, read then.
    now = () => new Date()
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
    const page = await context.newPage()
    const { account } = await createAccount(warehouse, {
      id: `${role} of climate`,
      kind: 'person',
      role,
      scope: { schools: ['oak'] },
    })
    await signIn(page, origin + (await createSignInLink(warehouse, account)))
    now = () => new Date(NOW)
    await page.goto(origin + path)
    return page
  }

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, role, path] of PAGES) {
      test(`${name}, ${scheme}: axe finds nothing, and on a phone nothing is wider than the page`, async () => {
        const page = await visited(role, path, scheme, 390)
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await violations(page)).toEqual([])
        const [width, visible] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )
        expect(width).toBeLessThanOrEqual(visible)
        await page.context().close()
      })
    }
  }

  test('on paper a school’s section has four questions of its seven, and the page of all has every one', async () => {
    const page = await visited('principal', '/schools/oak', 'dark', 1200)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.climate figure.voices').count()).toBe(7)
    expect(await page.locator('.climate figure.voices:visible').count()).toBe(4)
    await page.goto(`${origin}/schools/oak/climate`)
    const all = await page.locator('figure.voices').count()
    expect(all).toBeGreaterThan(63)
    expect(await page.locator('figure.voices:visible').count()).toBe(all)
    expect(await page.locator('nav').first().isVisible()).toBe(false)
    await page.context().close()
  })
})
