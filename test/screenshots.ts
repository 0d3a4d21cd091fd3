import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { readAccount } from '../infra/accounts.ts'
import { openRuntime, type Runtime } from '../infra/commands/runtime.ts'
import { linkFor } from '../infra/commands/user.ts'
import { signIn, startBrowser } from './helpers/browser.ts'

// Pictures of each page of the demo district in light, dark, on a phone and as printed, for looking at them one by one.
// `npm start` serves the demo meanwhile (same HOMEROOM_* settings). usage: npm run screenshots -- [--out DIR] [--only TEXT]
// With --paint no pictures, but when the largest thing on each page stood there, on a processor four times slower.

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true },
}

/** Pages of a role; a function looks for the address among the links of the page before it. */
type Stop = string | ((hrefs: readonly string[]) => string | undefined)

const link =
  (pattern: RegExp): Stop =>
  hrefs =>
    hrefs.find(href => pattern.test(href))

const PAGES: Readonly<Record<string, readonly [name: string, stop: Stop][]>> = {
  'demo-analyst': [
    ['district', '/district'],
    ['district-climate', '/district/climate'],
    ['explore', '/explore'],
    ['catalogue', '/catalogue'],
    ['research', '/research'],
    ['views', '/views'],
    ['subscriptions', '/subscriptions'],
    ['status', '/status'],
  ],
  'demo-principal': [
    ['school', '/'],
    ['school-report', link(/^\/schools\/[^/]+\/report/)],
    ['school-report-es', link(/lang=es/)],
    ['school-again', '/'],
    ['school-climate', link(/^\/schools\/[^/]+\/climate/)],
    ['school-once-more', '/'],
    ['class-without-names', link(/^\/classes\//)],
  ],
  'demo-adviser': [
    ['home', '/home'],
    ['brief', link(/^\/students\/[0-9a-f]+\/brief/)],
    ['profile', link(/^\/students\/[0-9a-f]+$/)],
    ['inbox', '/inbox'],
    ['home-again', '/home'],
    ['map', link(/^\/advisories\/.*\/map/)],
    ['home-once-more', '/home'],
    ['conversation', link(/^\/students\/[0-9a-f]+\/conversation/)],
    ['home-last', '/home'],
    ['advisory', link(/^\/classes\//)],
  ],
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'data/screenshots' },
    only: { type: 'string', default: '' },
    paint: { type: 'boolean', default: false },
  },
})
await mkdir(values.out, { recursive: true })
const runtime = await openRuntime()
const browser = await startBrowser()
try {
  for (const [account, stops] of Object.entries(PAGES)) await visit(browser, runtime, account, stops)
} finally {
  await browser.close()
  await runtime.close()
}

async function visit(from: Browser, to: Runtime, id: string, stops: (typeof PAGES)[string]): Promise<void> {
  const account = await readAccount(to.warehouse, id)
  if (!account) throw new Error(`There is no account ${id}: is this the data of npm start?`)
  const door = await from.newContext()
  const first = await door.newPage()
  const entry = await linkFor(to, account)
  await signIn(first, entry)
  const state = await door.storageState()
  await door.close()
  for (const [look, options] of Object.entries(LOOKS).slice(0, values.paint ? 1 : undefined)) {
    const context = await from.newContext({ ...options, storageState: state, baseURL: new URL(entry).origin })
    const page = await context.newPage()
    for (const [name, stop] of stops) {
      const address = typeof stop === 'string' ? stop : stop(await hrefsOf(page))
      if (address === undefined) {
        console.error(`${name} (${look}): no such link on ${page.url()}`)
        continue
      }
      await page.goto(address, { waitUntil: 'networkidle' })
      // Only a way to the next.
      if (/-(again|once-more|last)$/.test(name) || !name.includes(values.only)) continue
      if (values.paint) {
        console.log(`${name}: largest contentful paint ${await largestPaint(page, address)} ms`)
        continue
      }
      await page.screenshot({ path: join(values.out, `${name}-${look}.png`), fullPage: true })
      if (look === 'light') await page.pdf({ path: join(values.out, `${name}.pdf`), format: 'A4', tagged: true })
      console.log(`${name} (${look}): ${address}`)
    }
    await context.close()
  }
}

/** Milliseconds from the request, the median of five visits with four times less processor. */
async function largestPaint(page: Page, address: string): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    await page.goto(address, { waitUntil: 'networkidle' })
    times.push(
      await page.evaluate<number>(
        `new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true }))`,
      ),
    )
  }
  await devtools.detach()
  return Math.round(times.toSorted((a, b) => a - b)[2]!)
}

async function hrefsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll('a[href]')].map(a => { const u = new URL(a.href); return u.pathname + u.search })`,
  )
}
