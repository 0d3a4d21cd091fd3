import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import { readNotify } from '../../infra/notify/notify-settings.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { localTime } from '../../processors/local-time.ts'
import { storeActions } from '../../processors/store-actions.ts'
import { ActionEntry } from '../../schemas/action.ts'
import { addLive, addSchools, districtFigures, publish } from '../dashboards/a-district.ts'
import { aLog, anApp } from '../dashboards/an-app.ts'
import { browserIsThere, signIn, startBrowser } from '../helpers/browser.ts'
import { logWith } from '../helpers/log-with.ts'
import { ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aMailbox } from '../infra/notify/a-mailbox.ts'
import { violations } from './axe.ts'

const PHONE = { width: 390, height: 844 }
const SCHOOLS = [
  { id: 'lincoln', name: 'Lincoln School', students: 300 },
  { id: 'monroe', name: 'Monroe School', students: 240 },
]
/** On lines that all weeks have. */
const NOTES = [
  ['New timetable', '2025-10-06', ''],
  ['Tutoring begins in grades 9 and 10', '2025-10-15', ''],
  ['Snow week', '2026-01-26', '2026-01-30'],
] as const

let warehouse: Warehouse
let mailbox: Awaited<ReturnType<typeof aMailbox>>
let app: FastifyInstance
let browser: Browser
let origin: string
let context: BrowserContext
let page: Page
const faults: string[] = []

describe.skipIf(!browserIsThere())('what a reader keeps, in a browser', () => {
  beforeAll(async () => {
    warehouse = await freshWarehouse()
    mailbox = await aMailbox()
    const figures = districtFigures(SCHOOLS, 28)
    await addSchools(warehouse, SCHOOLS)
    await publish(warehouse, 1, figures)
    await addLive(
      warehouse,
      figures.filter(({ unit_id }) => unit_id === 'lincoln'),
    )
    const log = await aLog()
    const stored = logWith(log, {
      append: async (topic, entries) => {
        await log.append(topic, entries)
        const said = topic === 'actions' ? entries.map(({ value }) => ActionEntry.parse(JSON.parse(value!))) : []
        if (said.length > 0) await storeActions(warehouse, said, localTime(ZONE))
      },
    })
    const setting = { url: 'http://127.0.0.1', email: { smtp: mailbox.url, from: 'homeroom@district.example' } }
    app = (await anApp(warehouse, undefined, { log: stored, notify: readNotify(JSON.stringify(setting)) })).app
    origin = await app.listen({ host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
    context = await browser.newContext({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' })
    page = await context.newPage()
    page.on('console', message => {
      if (message.type() === 'error') faults.push(message.text())
    })
    const scope = { schools: ['lincoln'] }
    const { account } = await createAccount(warehouse, { id: 'pr', kind: 'person', role: 'principal', scope })
    await signIn(page, origin + (await createSignInLink(warehouse, account)))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await mailbox?.close()
  })

  /** Light, dark and on a phone, everything opened. */
  async function looksRight(path: string): Promise<void> {
    await page.goto(origin + path)
    for (const summary of await page.locator('summary').all()) await summary.click()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect([path, colorScheme, await violations(page)]).toEqual([path, colorScheme, []])
    }
    await page.setViewportSize(PHONE)
    expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, PHONE.width])
    expect([path, await violations(page)]).toEqual([path, []])
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1200, height: 900 })
  }

  test('a note is written by the form, and stands as a number on the charts, under them, and on paper', async () => {
    for (const [text, from, to] of NOTES) {
      await page.goto(`${origin}/schools/lincoln/annotations`)
      await page.getByLabel('What happened').fill(text)
      await page.getByLabel('Day', { exact: true }).fill(from)
      if (to !== '') await page.getByLabel('Last day').fill(to)
      await page.getByRole('button', { name: 'Keep the note' }).click()
      await page.waitForURL(/kept=/)
    }
    const listed = page.locator('.notes li')
    // A page knows the notes of a moment ago.
    await until(
      async () => {
        await page.goto(`${origin}/schools/lincoln?week=2026-W10`)
        return (await listed.count()) === NOTES.length
      },
      'all notes are on the page',
      30_000,
      200,
    )
    expect(await listed.allTextContents()).toEqual([
      '6 October 2025: New timetable',
      '15 October 2025: Tutoring begins in grades 9 and 10',
      '26 to 30 January 2026: Snow week',
    ])
    const numbers = page.locator('.measure').first().locator('.note.number text')
    // Those of neighbouring weeks stand together.
    expect(await numbers.allTextContents()).toEqual(['1, 2', '3'])
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.notes li').first().isVisible()).toBe(true)
    expect(await page.locator('.write-note').isVisible()).toBe(false)
    await page.emulateMedia({ media: 'screen' })
    await looksRight('/schools/lincoln?week=2026-W10')
    await looksRight('/schools/lincoln/annotations')
    await looksRight('/district/annotations')
  }, 120_000)

  test('a view is saved in three steps and opened again from the list', async () => {
    await page.goto(`${origin}/district?week=2026-W08`)
    await page.getByText('Save this view').click()
    await page.getByLabel('Name').fill('February')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(/\/views/)
    await looksRight('/views')
    await page.getByRole('link', { name: 'February' }).click()
    await page.waitForURL(/\/district\?week=2026-W08$/)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('The district')
  }, 120_000)

  test('mails are set up by forms, and their links open pages with one button', async () => {
    await page.goto(`${origin}/subscriptions`)
    await page.getByLabel('E-mail address').fill('pr@lincoln.example')
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.waitForURL(/done=asked/)
    await page.getByRole('button', { name: 'Send it monthly' }).click()
    await page.waitForURL(/done=report/)
    await page.getByLabel('The threshold').fill('50')
    await page.getByRole('button', { name: 'Set the threshold' }).click()
    await page.waitForURL(/done=threshold/)
    await looksRight('/subscriptions')
    const link = /\/mail\/confirm\/[\w-]{43}/.exec(mailbox.mails[0]!.text.replace(/=\r\n/g, ''))![0]
    await looksRight(link)
    await page.goto(origin + link)
    await page.getByRole('button', { name: 'Yes, send them there' }).click()
    await page.getByRole('heading', { name: 'The address is confirmed' }).waitFor()
    expect(await violations(page)).toEqual([])
    expect(faults).toEqual([])
  }, 120_000)
})
