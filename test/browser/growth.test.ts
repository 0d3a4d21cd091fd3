import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { addLive, publish } from '../dashboards/a-district.ts'
import { aGrowingClass, growthFigures, IN_CLASS } from '../dashboards/a-growing-class.ts'
import { anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const PAGES = [
  ['class, by its teacher', 'adviser', '/classes/c-9'],
  ['class, by the principal', 'principal', '/classes/c-9'],
  ['student', 'adviser', `/students/${IN_CLASS[0]!.id}`],
  ['school', 'principal', '/schools/lincoln'],
] as const
const SCOPE = { schools: ['lincoln'], classes: ['c-9'] }

describe.skipIf(!browserIsThere())('growth in a browser', () => {
  let warehouse: Warehouse
  let app: FastifyInstance
  let browser: Browser
  let origin: string

  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await aGrowingClass(warehouse)
    await addLive(warehouse, growthFigures('school', 'lincoln', 200))
    await publish(warehouse, 1, growthFigures('district', 'd1', 4000))
    app = (await anApp(warehouse)).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  for (const scheme of ['light', 'dark'] as const) {
    for (const [name, role, path] of PAGES) {
      test(`${name}, ${scheme}: axe finds nothing, and on a phone nothing is wider than the page`, async () => {
        const context = await browser.newContext({ viewport: { width: 390, height: 900 }, colorScheme: scheme })
        const page = await context.newPage()
        const { account } = await createAccount(warehouse, {
          id: `${role} of growth`,
          kind: 'person',
          role,
          scope: SCOPE,
        })
        await signIn(page, origin + (await createSignInLink(warehouse, account)))
        await page.goto(origin + path)
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await violations(page)).toEqual([])
        const [width, visible] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )
        expect(width).toBeLessThanOrEqual(visible)
        await context.close()
      })
    }
  }
})
