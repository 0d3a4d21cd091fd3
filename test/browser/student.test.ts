import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { ADA, adasStrengths, adasWords, adasWork, aHomeroom, BEN, READ_AT } from '../dashboards/a-learner.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const SCOPE = { schools: ['lincoln'], advisories: ['hr-1'] }

let warehouse: Warehouse
let app: FastifyInstance
let browser: Browser
let origin: string
let now = (): Date => new Date()

type Opened = { context: BrowserContext; page: Page; faults: string[] }

/** The adviser's browser; what the console and the page's policy complain of. */
async function adviser(options: { width?: number; scheme?: 'light' | 'dark' } = {}): Promise<Opened> {
  const { width = 1200, scheme = 'light' } = options
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
  // Links of a past day would be dropped by the engine's own clock: signed in now, read then. On a page of its own: the
  // first one, of a school without figures yet, answers 503.
  now = () => new Date()
  const { account } = await createAccount(warehouse, { id: 'adviser', kind: 'person', role: 'adviser', scope: SCOPE })
  const door = await context.newPage()
  await signIn(door, origin + (await createSignInLink(warehouse, account)))
  await door.close()
  now = () => READ_AT
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('pageerror', error => faults.push(error.message))
  return { context, page, faults }
}

describe.skipIf(!browserIsThere())('the learner profile in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await aHomeroom(warehouse)
    await adasWords(warehouse)
    await adasWork(warehouse)
    await adasStrengths(warehouse)
    app = (await anApp(warehouse, () => now())).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, id] of [
      ['of a student with goals, work and rhythm', ADA],
      ['of a student of whom little is known', BEN],
    ] as const) {
      test(`${name}, ${scheme}: axe finds nothing, nothing is refused by policy, no error on the console`, async () => {
        const { context, page, faults } = await adviser({ scheme })
        await page.goto(`${origin}/students/${id}`)
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await violations(page)).toEqual([])
        expect(faults).toEqual([])
        await context.close()
      })
    }
  }

  test('on a phone nothing is wider than the screen', async () => {
    const { context, page } = await adviser({ width: 360 })
    await page.goto(`${origin}/students/${ADA}`)
    for (const summary of await page.locator('summary').all()) await summary.click()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await context.close()
  })

  test('the advisory leads to the student by name, and the profile back to the advisory', async () => {
    const { context, page } = await adviser()
    await page.goto(`${origin}/classes/hr-1`)
    await page.getByRole('link', { name: 'Ada Alder' }).click()
    expect(await page.locator('h1').textContent()).toBe('Ada Alder')
    expect(await page.locator('.own-words q').first().textContent()).toBe('Explain my steps aloud')
    await page.getByRole('link', { name: 'advisory hr-1' }).click()
    expect(await page.locator('h1').textContent()).toBe('Advisory hr-1')
    await context.close()
  })
})
