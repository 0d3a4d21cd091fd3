import fastify from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { dashboardRoutes } from '../../dashboards/serve.ts'
import { createSignInLink, hashOf } from '../../dashboards/sign-in/sign-in.ts'
import { Accounts, createAccount, revokeAccount } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aBrowser, aLog, anApp, formToken, signedIn, SECRETS } from './an-app.ts'

let warehouse: Warehouse
// Far ahead: the tables drop what has been over for a week, by the engine's own clock.
let clock = new Date('2090-03-20T12:00:00.000Z')
const now = (): Date => clock
const operator = { id: 'operator', kind: 'person', role: 'operator' } as const

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await createAccount(warehouse, operator)
})

const anApplication = async () => (await anApp(warehouse, now)).app

/** The form of a link's page, filled in. */
async function formOf(browser: ReturnType<typeof aBrowser>, link: string): Promise<{ token: string; _csrf: string }> {
  const page = await browser.get(link)
  expect(page.statusCode).toBe(200)
  return { token: link.slice('/sign-in/'.length), _csrf: formToken(page.body) }
}

test('a link signs in once; the session cookie is out of reach of scripts and of other sites', async () => {
  const app = await anApplication()
  const browser = aBrowser(app)
  const link = await createSignInLink(warehouse, operator, { now })
  const form = await formOf(browser, link)
  const entered = await browser.post('/sign-in', form)
  expect([entered.statusCode, entered.headers.location]).toEqual([303, '/'])
  expect(entered.cookies.find(c => c.name === 'homeroom_session')).toMatchObject({
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
  })
  expect((await browser.get('/status')).statusCode).toBe(200)

  const again = aBrowser(app)
  const refused = await again.post('/sign-in', await formOf(again, link))
  expect(refused.statusCode).toBe(403)
  expect(refused.body).toContain('This link no longer works')
  expect((await again.get('/status')).statusCode).toBe(401)
})

test('looking at a link does not use it up', async () => {
  const browser = aBrowser(await anApplication())
  const link = await createSignInLink(warehouse, operator, { now })
  await browser.get(link)
  expect((await browser.post('/sign-in', await formOf(browser, link))).statusCode).toBe(303)
})

test('of two presses at once one signs in', async () => {
  const app = await anApplication()
  const link = await createSignInLink(warehouse, operator, { now })
  const browsers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const browser = aBrowser(app)
      return { browser, form: await formOf(browser, link) }
    }),
  )
  const answers = await Promise.all(browsers.map(({ browser, form }) => browser.post('/sign-in', form)))
  expect(answers.map(a => a.statusCode).toSorted()).toEqual([303, 403, 403, 403, 403])
})

test('a link ends when its time is over, and so does a session', async () => {
  const browser = aBrowser(await anApplication())
  const [late, early] = [
    await createSignInLink(warehouse, operator, { now, minutes: 10 }),
    await createSignInLink(warehouse, operator, { now, minutes: 10 }),
  ]
  const start = clock
  expect((await browser.post('/sign-in', await formOf(browser, early))).statusCode).toBe(303)
  clock = new Date(start.getTime() + 10 * 60_000)
  const other = aBrowser(await anApplication())
  expect((await other.post('/sign-in', await formOf(other, late))).statusCode).toBe(403)
  expect((await browser.get('/status')).statusCode).toBe(200)
  clock = new Date(start.getTime() + 12 * 3_600_000)
  expect((await browser.get('/status')).statusCode).toBe(401)
  clock = start
})

test('a made-up link, or one that is none, is refused', async () => {
  const browser = aBrowser(await anApplication())
  for (const token of ['A'.repeat(43), 'short', '', "' or 1=1 --"]) {
    const form = await formOf(browser, await createSignInLink(warehouse, operator, { now }))
    expect((await browser.post('/sign-in', { ...form, token })).statusCode).toBe(403)
  }
})

test('a form from elsewhere, without this browser’s form token, signs nobody in or out', async () => {
  const app = await anApplication()
  const link = await createSignInLink(warehouse, operator, { now })
  const browser = aBrowser(app)
  const form = await formOf(browser, link)
  expect((await browser.post('/sign-in', { token: form.token, _csrf: '' })).statusCode).toBe(403)
  expect((await browser.post('/sign-in', { token: form.token, _csrf: `${form._csrf}x` })).statusCode).toBe(403)
  expect((await aBrowser(app).post('/sign-in', form)).statusCode).toBe(403)
  expect((await browser.post('/sign-in', form)).statusCode).toBe(303)
  expect((await browser.post('/sign-out', {})).statusCode).toBe(403)
  expect((await browser.get('/status')).statusCode).toBe(200)
})

test('signing out ends the session for whoever holds its cookie', async () => {
  const app = await anApplication()
  const browser = await signedIn(app, warehouse, operator, now)
  const stolen = browser.cookies.get('homeroom_session')!
  const page = await browser.get('/status')
  expect((await browser.post('/sign-out', { _csrf: formToken(page.body) })).statusCode).toBe(303)
  expect((await app.inject({ url: '/status', cookies: { homeroom_session: stolen } })).statusCode).toBe(401)
  const restarted = await anApplication()
  expect((await restarted.inject({ url: '/status', cookies: { homeroom_session: stolen } })).statusCode).toBe(401)
})

test('a restart signs nobody out', async () => {
  const browser = await signedIn(await anApplication(), warehouse, operator, now)
  const restarted = await anApplication()
  const answer = await restarted.inject({ url: '/status', cookies: Object.fromEntries(browser.cookies) })
  expect(answer.statusCode).toBe(200)
})

test('revoking an account ends its sessions at the next refresh, and its links', async () => {
  const { app, accounts } = await anApp(warehouse, now)
  const person = { id: 'leaver', kind: 'person', role: 'operator' } as const
  const browser = await signedIn(app, warehouse, person, now)
  const link = await createSignInLink(warehouse, person, { now })
  await revokeAccount(warehouse, accounts.find('leaver')!)
  await accounts.refresh()
  expect((await browser.get('/status')).statusCode).toBe(401)
  const other = aBrowser(app)
  expect((await other.post('/sign-in', await formOf(other, link))).statusCode).toBe(403)
})

test('neither links nor sessions can be read out of the database', async () => {
  const link = await createSignInLink(warehouse, operator, { now })
  const secret = link.slice('/sign-in/'.length)
  const browser = await signedIn(await anApplication(), warehouse, operator, now)
  const links = await warehouse.query<{ hash: string }>('select * from {identity:Identifier}.sign_in_links')
  const sessions = await warehouse.query<{ hash: string }>('select * from {identity:Identifier}.sessions_open')
  expect(links.map(row => row.hash)).toContain(hashOf(secret))
  expect(JSON.stringify([links, sessions])).not.toContain(secret)
  expect(JSON.stringify([links, sessions])).not.toContain(browser.cookies.get('homeroom_session'))
})

test('a machine’s account gets no link', async () => {
  await expect(createSignInLink(warehouse, { id: 'lms', kind: 'source' })).rejects.toThrow(/belongs to a machine/)
})

test('too many tries from one place have to wait', async () => {
  const browser = aBrowser(await anApplication())
  const form = await formOf(browser, await createSignInLink(warehouse, operator, { now }))
  const answers = []
  for (let i = 0; i < 31; i++)
    answers.push((await browser.post('/sign-in', { ...form, token: 'A'.repeat(43) })).statusCode)
  expect(answers.slice(0, 30)).toEqual(Array(30).fill(403))
  expect(answers[30]).toBe(429)
})

test('headers, limits and error pages stay with the pages; a neighbour on the same server keeps its own', async () => {
  const app = fastify()
  app.get('/healthz', async () => ({ ok: true }))
  app.post('/xapi/statements', async request => request.body)
  await app.register(dashboardRoutes, {
    warehouse,
    accounts: new Accounts(warehouse),
    secrets: SECRETS,
    log: await aLog(),
    config: { timeZone: 'UTC', district: 'd1' },
  })
  const health = await app.inject('/healthz')
  expect(health.headers['content-security-policy']).toBeUndefined()
  const wrong = await app.inject({
    method: 'POST',
    url: '/xapi/statements',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  })
  expect(wrong.statusCode).toBe(400)
  expect(wrong.headers['content-type']).toContain('application/json')
  const page = await app.inject('/district')
  expect(page.headers['content-security-policy']).toBe(
    "default-src 'none';style-src 'self';img-src 'self' data:;form-action 'self';frame-ancestors 'none';base-uri 'none'",
  )
  expect(page.headers['cache-control']).toBe('no-store')
})
