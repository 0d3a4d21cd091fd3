import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { ADA, adasWords, adasWork, aHomeroom, BEN, READ_AT } from '../dashboards/a-learner.ts'
import { addConnected } from '../dashboards/a-network.ts'
import { aLog, anApp, SECRETS } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { aGoal, aReflection, placed } from '../helpers/plans.ts'
import { person } from '../helpers/records.ts'
import { sealer } from '../helpers/sealed.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { violations } from './axe.ts'

const BRIEF = `/students/${ADA}/brief`
const FORM = `/students/${ADA}/conversation`
const PHONE = { width: 375, height: 700 }
const SCOPE = { schools: ['lincoln'], advisories: ['hr-1'], person: person('ms-lee') }

let warehouse: Warehouse
let app: FastifyInstance
let processor: Processor
let browser: Browser
let origin: string
let session: Awaited<ReturnType<BrowserContext['storageState']>>
let now = (): Date => new Date()

describe.skipIf(!browserIsThere())('in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    await aHomeroom(warehouse)
    await adasWords(warehouse)
    await adasWork(warehouse)
    await adasManyWords()
    await aNetwork()
    const log = await aLog()
    app = (await anApp(warehouse, () => now(), { log })).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
    session = await signedIn()
    now = () => READ_AT
    const config = { timeZone: 'America/New_York', district: 'd1' }
    processor = await startProcessor({
      log,
      warehouse,
      config,
      onError: error => console.error(error),
      clock: () => READ_AT,
    })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await processor?.stop()
    await app?.close()
  })

  /** Once: a link works once. */
  async function signedIn(): Promise<typeof session> {
    const context = await browser.newContext()
    const page = await context.newPage()
    const { account } = await createAccount(warehouse, { id: 'lee', kind: 'person', role: 'adviser', scope: SCOPE })
    await signIn(page, origin + (await createSignInLink(warehouse, account)))
    return context.storageState()
  }

  async function visit(
    path: string,
    options: { viewport?: typeof PHONE; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ ...options, storageState: session })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', message => {
      if (message.type() === 'error') faults.push(message.text())
    })
    await page.goto(origin + path)
    return { page, faults }
  }

  test('a conversation is recorded on a phone by eight touches and a line, and shows in the brief seconds later', async () => {
    const { page, faults } = await visit(BRIEF, { viewport: PHONE })
    await page.getByRole('link', { name: 'Record a conversation' }).click()
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBe(PHONE.width)
    for (const tick of ['Goals', 'keeps at it', 'music', 'more time', 'We meet again'])
      await page.getByText(tick, { exact: true }).click()
    await page.getByLabel('Private note').fill('Seemed tired; ask about the night shift')
    const began = performance.now()
    await page.getByRole('button', { name: 'Record the conversation' }).click()
    await page.waitForURL(/\/brief\?recorded=/)
    await until(
      async () => {
        await page.reload()
        return (await page.locator('.notice').textContent())?.trim() === 'The conversation is recorded.'
      },
      'the conversation stands in the brief',
      20_000,
      200,
    )
    expect(performance.now() - began).toBeLessThan(15_000)
    const sheet = (await page.locator('article.brief').innerText()).replace(/\s+/g, ' ')
    expect(sheet).toContain('You talked about goals; noted: keeps at it, music, more time')
    expect(sheet).toContain('Last time you agreed: “we meet again”.')
    expect(sheet).not.toContain('night shift')
    expect(await page.locator('.private-note').innerText()).toContain('night shift')
    expect(faults).toEqual([])
    await page.context().close()
  })

  test('every box to tick is large enough for a thumb, and can be reached and ticked by keyboard', async () => {
    const { page } = await visit(FORM, { viewport: PHONE })
    const heights = await page
      .locator('.tick')
      .evaluateAll(all => all.map(one => (one as unknown as { offsetHeight: number }).offsetHeight))
    expect(heights.length).toBeGreaterThan(20)
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
    await page.locator('.tick input').first().focus()
    await page.keyboard.press('Space')
    expect(await page.locator('.tick input').first().isChecked()).toBe(true)
    await page.context().close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of [FORM, BRIEF, '/advisories/hr-1/briefs', '/advisories/hr-1/map', '/classes/hr-1']) {
      test(`${path}, ${colorScheme}: axe finds nothing`, async () => {
        const { page, faults } = await visit(path, { colorScheme })
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await violations(page)).toEqual([])
        expect(faults).toEqual([])
        await page.context().close()
      })
    }
  }

  test('a form with a fault passes axe too, and names the field', async () => {
    const { page } = await visit(FORM)
    await page.getByLabel('Other interests').fill('x'.repeat(60))
    await page.getByRole('button', { name: 'Record the conversation' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('Interests: a few words each')
    expect(await page.getByLabel('Other interests').inputValue()).toBe('x'.repeat(60))
    expect(await violations(page)).toEqual([])
    await page.context().close()
  })

  test('a brief with more words than it can hold prints on one sheet; those of an advisory on one each', async () => {
    const { page } = await visit(BRIEF)
    for (const format of ['A4', 'Letter']) expect(sheets(await page.pdf({ format }))).toBe(1)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.private-note').isVisible()).toBe(false)
    await page.emulateMedia({ media: null })
    await page.goto(`${origin}/advisories/hr-1/briefs`)
    expect(await page.locator('article.brief').count()).toBe(2)
    for (const format of ['A4', 'Letter']) expect(sheets(await page.pdf({ format }))).toBe(2)
    await page.context().close()
  })
})

/** How many sheets a PDF made by Chromium has. */
const sheets = (pdf: Buffer): number => [...pdf.toString('latin1').matchAll(/\/Type \/Page\n/g)].length

/** Goals and reflections as long as they may be. */
async function adasManyWords(): Promise<void> {
  const seal = sealer(warehouse, SECRETS)
  const long = 'Write down every evening what I have understood and what I have not, and bring it to the next lesson. '
  const words = await seal(ADA, JSON.stringify({ text: long.repeat(9) }))
  const goals = ['a', 'b', 'c', 'd', 'e', 'f'].map(key => aGoal({ key, words, due: '2026-03-20' }))
  const wrote = ['x', 'y', 'z'].map(key => aReflection({ key, day: '2026-03-05', words }))
  await storePlans(warehouse, placed([...goals, ...wrote]))
}

/** Ada has more people around her than a sheet names, and a week of many minutes; Ben has nobody. */
async function aNetwork(): Promise<void> {
  const adults = ['ms-lee', 'mr-kay', 'ms-fox', 'mr-poe', 'ms-day', 'mr-orr'].map(
    (name): [string, string, number, string, boolean] => [person(name), 'teacher', 3, '2026-02-25', true],
  )
  const minutes = Array.from({ length: 5 }, (): [number, number, number, number] => [95, 25, 40, 60])
  await addConnected(warehouse, '2026-03-02', [
    {
      student: ADA,
      adults,
      advisers: [person('ms-lee')],
      peers: [[BEN, 1, 2]],
      minutes,
      planFit: 0.5,
      weeksOffPlan: 3,
    },
    { student: BEN, advisers: [person('ms-lee')], runDays: 6 },
  ])
}
