import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { createSignInLink, newSecret } from '../../dashboards/sign-in/sign-in.ts'
import { createAccount } from '../../infra/accounts.ts'
import { tellAudit } from '../../infra/audit.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { PROCESSORS_GROUP } from '../../infra/log/topics.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storeAudit } from '../../processors/store-audit.ts'
import { AuditEntry } from '../../schemas/audit.ts'
import { logWith } from '../helpers/log-with.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { addClasses, addLive, addSchools, aFigure, publish } from './a-district.ts'
import { aBrowser, aLog, anApp, formToken, open, signedIn, type Browser } from './an-app.ts'
import { auditOf, type Told } from './told.ts'

let warehouse: Warehouse
let told: Told
let app: FastifyInstance
let clock = new Date('2090-03-20T12:00:00.000Z')
const now = (): Date => clock
const PRINCIPAL = { id: 'pat', role: 'principal', scope: { schools: ['lincoln'] } }
const PAGE = '/schools/lincoln?week=2026-W10'

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await addSchools(warehouse, [
    { id: 'lincoln', name: 'Lincoln' },
    { id: 'monroe', name: 'Monroe' },
  ])
  await addClasses(warehouse, [{ id: 'hr-1', school: 'lincoln', label: 'HR-1', homeroom: true }])
  const figures = [aFigure(), aFigure({ unit_type: 'school', unit_id: 'lincoln' })]
  await publish(warehouse, 1, figures)
  await addLive(warehouse, [...figures, aFigure({ unit_type: 'advisory', unit_id: 'hr-1' })])
  told = await auditOf()
  app = (await anApp(warehouse, now, { log: told.log })).app
})

test('a live page is told of before it is sent: while the log takes nothing, nothing is shown', async () => {
  const log = await aLog()
  let takes = true
  const failing = logWith(log, {
    append: async (topic, entries) => {
      if (!takes) throw new HomeroomError('LOG_UNAVAILABLE', 'the log takes nothing')
      await log.append(topic, entries)
    },
  })
  const { app: other } = await anApp(warehouse, now, { log: failing })
  const browser = await signedIn(other, warehouse, PRINCIPAL, now)
  expect((await browser.get(PAGE)).body).toContain('class="figure"')
  takes = false
  const held = await browser.get(PAGE)
  expect([held.statusCode, held.body.includes('class="figure"')]).toEqual([503, false])
  const api = await browser.get('/api/indicators?indicator=active_days&unit_type=school&unit_id=lincoln')
  expect([api.statusCode, api.json().rows]).toEqual([503, undefined])
  // Published figures are nobody's in particular, and go on; a refusal is one without its line, too.
  expect((await browser.get('/district')).statusCode).toBe(200)
  expect((await browser.get('/schools/monroe')).statusCode).toBe(403)
})

test('a line is on the log when the page arrives', async () => {
  const log = await aLog()
  const browser = await signedIn((await anApp(warehouse, now, { log })).app, warehouse, PRINCIPAL, now)
  const end = async () => (await log.positions('audit', PROCESSORS_GROUP))[0]!.end
  const before = await end()
  await browser.get(PAGE)
  expect(await end()).toBe(before + 1)
})

test('who saw what is listed for operators, newest first, by account and by unit; a second delivery changes nothing', async () => {
  const browser = await signedIn(app, warehouse, PRINCIPAL, now)
  // Of the same millisecond either may stand first.
  clock = new Date(clock.getTime() + 1000)
  await browser.get(PAGE)
  clock = new Date(clock.getTime() + 1000)
  await browser.get('/schools/monroe')
  const student = `student:${'a'.repeat(64)}`
  const saw = { account: 'ada', role: 'adviser', action: 'saw' as const, route: 'GET /x', units: [student] }
  await tellAudit(told.log, saw, now())
  await storeAudit(warehouse, told.all())
  await storeAudit(warehouse, told.all())
  const operator = await signedIn(app, warehouse, { id: 'olga', role: 'operator' }, now)
  const all = await open(operator, '/audit')
  expect(all.rows('table')).toHaveLength(1 + told.all().filter(({ account }) => account !== 'olga').length)
  const [, refused, seen] = (await open(operator, '/audit?account=pat')).rows('table')
  expect(refused).toEqual([
    expect.any(String),
    'pat (principal) 127.0.0.1',
    'refused',
    '',
    'GET /schools/:id',
    expect.stringMatching(/^SCOPE_DENIED: /),
  ])
  expect(seen!.slice(2, 5)).toEqual(['saw', 'school:lincoln', 'GET /schools/:id'])
  const ofStudent = await open(operator, `/audit?unit=${encodeURIComponent(student)}`)
  expect(ofStudent.rows('table').map(row => row[1])).toEqual(['Who', 'ada (adviser)'])
  expect(told.last()).toMatchObject({ action: 'saw', account: 'olga', units: [`audit:${student}`] })
  expect((await open(operator, '/audit?account=nobody')).text('main')).toContain('Nothing of the kind is stored')
  expect((await operator.get('/audit?before=tomorrow')).statusCode).toBe(400)
})

test('the audit reads on in pages of 200', async () => {
  const entries = Array.from({ length: 201 }, (_, i) =>
    anEntry({ account: 'many', at: new Date(Date.UTC(2089, 0, 1, 0, 0, i)).toISOString() }),
  )
  await storeAudit(warehouse, entries)
  const operator = await signedIn(app, warehouse, { id: 'otto', role: 'operator' }, now)
  const first = await open(operator, '/audit?account=many')
  expect(first.rows('table')).toHaveLength(1 + 200)
  const next = first.document.querySelector('a[rel=next]')!.getAttribute('href')!
  const second = await open(operator, next)
  expect(second.rows('table')).toHaveLength(1 + 1)
  expect(second.document.querySelector('a[rel=next]')).toBeNull()
})

test('signing in and out is told, with the address; of a session that is over or made up, once', async () => {
  const browser = await signedIn(app, warehouse, { id: 'pia', role: 'operator' }, now)
  expect(told.last()).toMatchObject({ action: 'signed-in', account: 'pia', role: 'operator', address: '127.0.0.1' })
  const cookies = Object.fromEntries(browser.cookies)
  await browser.post('/sign-out', { _csrf: formToken((await browser.get('/status')).body) })
  expect(told.last()).toMatchObject({ action: 'signed-out', account: 'pia' })
  const forged = { homeroom_session: newSecret() }
  const cut = { homeroom_session: cookies.homeroom_session!.slice(0, -1) }
  const sql = { homeroom_session: "' or 1=1 --" }
  for (const held of [cookies, forged, cut, sql]) {
    const before = told.all().length
    const answer = await app.inject({ url: '/status', cookies: held })
    expect(answer.statusCode).toBe(401)
    expect(answer.cookies).toContainEqual(expect.objectContaining({ name: 'homeroom_session', value: '' }))
    expect(told.all().slice(before)).toMatchObject([{ action: 'refused', code: 'CREDENTIALS_INVALID', account: '' }])
  }
})

test('a link that was used, is over, or was made before its person was signed out everywhere is told of', async () => {
  const { account } = await createAccount(warehouse, { id: 'lia', kind: 'person', role: 'operator' })
  const used = await createSignInLink(warehouse, account, { now })
  expect((await press(aBrowser(app), used)).statusCode).toBe(303)
  expect((await press(aBrowser(app), used)).statusCode).toBe(403)
  expect(told.last()).toMatchObject({ action: 'sign-in-refused', code: 'SIGN_IN_REFUSED', account: '' })
  expect(JSON.stringify(told.all())).not.toContain(used.slice('/sign-in/'.length))
})

test('refusals of nobody are told up to a number in a minute; how many more there were, the next one says', async () => {
  const mine = await auditOf()
  const { app: other } = await anApp(warehouse, now, { log: mine.log })
  clock = new Date('2090-03-21T12:00:00.000Z')
  for (let i = 0; i < 130; i++) {
    const cookies = { homeroom_session: 'short' }
    await other.inject({ url: '/status', cookies, remoteAddress: `10.0.0.${i}` })
  }
  expect(mine.all()).toHaveLength(120)
  clock = new Date('2090-03-21T12:01:00.000Z')
  await other.inject({ url: '/status', cookies: { homeroom_session: 'short' }, remoteAddress: '10.0.1.1' })
  expect(mine.last().detail).toContain('10 more refusals')
})

test('who tries cookies from one address has to wait; who is signed in there does not', async () => {
  const { app: other } = await anApp(warehouse, now, { log: told.log })
  const browser = await signedIn(other, warehouse, { id: 'ira', role: 'operator' }, now)
  const answers = new Set<number>()
  for (let i = 0; i < 125; i++)
    answers.add((await other.inject({ url: '/status', cookies: { homeroom_session: newSecret() } })).statusCode)
  expect([...answers]).toEqual([401, 429])
  expect((await browser.get('/status')).statusCode).toBe(200)
})

test('a reader who asks more than 600 times in a minute has to wait, and is told how long', async () => {
  const { app: other } = await anApp(warehouse, now, { log: told.log })
  const browser = await signedIn(other, warehouse, { id: 'ivo', role: 'researcher' }, now)
  let answer = await browser.get('/')
  for (let i = 0; i < 605 && answer.statusCode === 303; i++) answer = await browser.get('/')
  expect(answer.statusCode).toBe(429)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(told.last()).toMatchObject({ action: 'refused', code: 'RATE_LIMITED', account: 'ivo' })
})

function anEntry(over: Partial<AuditEntry>): AuditEntry {
  const empty = { account: '', role: '', units: [], code: '', detail: '', address: '' }
  const entry = { id: randomUUID(), at: now().toISOString(), action: 'saw', route: 'GET /x', ...empty, ...over }
  return AuditEntry.parse(entry)
}

async function press(browser: Browser, link: string) {
  const page = await browser.get(link)
  return await browser.post('/sign-in', { token: link.slice('/sign-in/'.length), _csrf: formToken(page.body) })
}
