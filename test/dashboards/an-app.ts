import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { parseHTML } from 'linkedom'
import { afterAll, expect } from 'vitest'
import { createSignInLink } from '../../dashboards/sign-in/sign-in.ts'
import { dashboardRoutes, type DashboardDeps } from '../../dashboards/serve.ts'
import { Accounts, createAccount, type Scope } from '../../infra/accounts.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

/** What words of people are sealed with in these tests. */
export const SECRETS = { masterSecret: Buffer.alloc(32, 2) }

export type Person = { id: string; role: string; scope?: Partial<Scope> }

const ends: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** An embedded log in a folder of its own, until the end of the test file. */
export async function aLog(): Promise<EventLog & LogAdmin> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-dashboards-'))
  const log = await openLog({ data, district: 'd1', kafka: null })
  await log.createTopics()
  ends.push(async () => {
    await log.close()
    await rm(data, { recursive: true, force: true })
  })
  return log
}

/** An app with the dashboards alone, on this warehouse. */
export async function anApp(
  warehouse: Warehouse,
  now: () => Date = () => new Date(),
  more: Partial<DashboardDeps> = {},
): Promise<{ app: FastifyInstance; accounts: Accounts }> {
  const accounts = new Accounts(warehouse)
  await accounts.refresh()
  const app = fastify({ logger: { level: 'error' } })
  await app.register(dashboardRoutes, {
    warehouse,
    accounts,
    secrets: SECRETS,
    now,
    log: more.log ?? (await aLog()),
    config: { timeZone: 'America/New_York', district: 'd1' },
    ...more,
  })
  await app.ready()
  return { app, accounts }
}

export type Browser = {
  get: (url: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
  post: (url: string, form: Record<string, string>, more?: Record<string, string>) => Promise<LightMyRequestResponse>
  cookies: Map<string, string>
}

/** Keeps cookies between requests, as a browser does. */
export function aBrowser(app: FastifyInstance): Browser {
  const cookies = new Map<string, string>()
  const keep = (response: LightMyRequestResponse): LightMyRequestResponse => {
    for (const cookie of response.cookies as { name: string; value: string }[]) {
      if (cookie.value === '') cookies.delete(cookie.name)
      else cookies.set(cookie.name, cookie.value)
    }
    return response
  }
  return {
    cookies,
    get: async (url, headers = {}) =>
      keep(await app.inject({ method: 'GET', url, headers, cookies: Object.fromEntries(cookies) })),
    post: async (url, form, more = {}) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more }
      const payload = new URLSearchParams(form).toString()
      return keep(await app.inject({ method: 'POST', url, headers, payload, cookies: Object.fromEntries(cookies) }))
    },
  }
}

/** The hidden form token of a page. */
export function formToken(page: string): string {
  return /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

/** A browser in which this person, whose account is made, has signed in through a link. */
export async function signedIn(
  app: FastifyInstance,
  warehouse: Warehouse,
  person: Person,
  now = (): Date => new Date(),
): Promise<Browser> {
  const { account } = await createAccount(warehouse, { kind: 'person', ...person })
  const browser = aBrowser(app)
  const link = await createSignInLink(warehouse, account, { now })
  const page = await browser.get(link)
  const entered = await browser.post('/sign-in', { token: link.slice('/sign-in/'.length), _csrf: formToken(page.body) })
  if (entered.statusCode !== 303) throw new Error(`signing in answered ${entered.statusCode}: ${entered.body}`)
  return browser
}

export type Opened = {
  body: string
  document: ReturnType<typeof parseHTML>['document']
  headers: LightMyRequestResponse['headers']
  text: (selector: string) => string
  rows: (selector: string) => string[][]
}

/** A page as read: its text and its tables, white space as one blank; the status is checked. */
export async function open(browser: Browser, url: string, status = 200): Promise<Opened> {
  const answer = await browser.get(url)
  expect([url, answer.statusCode]).toEqual([url, status])
  const { document } = parseHTML(answer.body)
  const text = (selector: string): string =>
    (document.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim()
  const rows = (selector: string): string[][] =>
    [...document.querySelectorAll(`${selector} tr`)].map(tr =>
      [...tr.querySelectorAll('th, td')].map(cell => (cell.textContent ?? '').replace(/\s+/g, ' ').trim()),
    )
  return { body: answer.body, document, text, rows, headers: answer.headers }
}
