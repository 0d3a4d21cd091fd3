import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { aLog, anApp } from '../dashboards/an-app.ts'
import { READ_AT, someOffers } from '../dashboards/some-offers.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const PHONE = { width: 375, height: 700 }
const SCOPE = { schools: ['lincoln'], advisories: ['hr-1'] }

let warehouse: Warehouse
let app: FastifyInstance
let browser: Browser
let origin: string
let session: Awaited<ReturnType<BrowserContext['storageState']>>
let now = (): Date => new Date()

describe.skipIf(!browserIsThere())('the adviser’s inbox in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    const log = await aLog()
    await someOffers(warehouse, log)
    app = (await anApp(warehouse, () => now(), { log })).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
    // Links of a past day would be dropped by the engine's own clock: signed in now, read then.
    const page = await (await browser.newContext()).newPage()
    const { account } = await createAccount(warehouse, { id: 'lee', kind: 'person', role: 'adviser', scope: SCOPE })
    await signIn(page, origin + (await createSignInLink(warehouse, account)))
    session = await page.context().storageState()
    now = () => READ_AT
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  type Seen = { viewport?: typeof PHONE; colorScheme?: 'light' | 'dark' }

  async function inbox(options: Seen = {}): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ ...options, storageState: session })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    page.on('pageerror', error => faults.push(error.message))
    await page.goto(`${origin}/inbox`)
    return { page, faults }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${colorScheme}: axe finds nothing, nothing is refused by policy, no error on the console`, async () => {
      const { page, faults } = await inbox({ colorScheme })
      expect(await page.locator('.offer h3').textContent()).toBe('Ada Alder')
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await violations(page)).toEqual([])
      expect(faults).toEqual([])
    })
  }

  test('on a phone nothing is wider than the screen, and every answer is big enough for a thumb', async () => {
    const { page } = await inbox({ viewport: PHONE })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width)
    for (const button of await page.locator('.offer button').all())
      expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(24)
  })

  test('one touch answers an offer, and the page says that it is noted', async () => {
    const { page } = await inbox({ viewport: PHONE })
    await page.getByRole('button', { name: 'Talked' }).click()
    await page.waitForURL(/answered=/)
    expect(await page.getByRole('status').textContent()).toBe('Noted for Ada Alder. Thank you.')
    expect(await violations(page)).toEqual([])
  })
})
