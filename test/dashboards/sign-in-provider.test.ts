import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashOf } from '../../dashboards/sign-in/sign-in.ts'
import { readAccount, revokeAccount, storeAccount, type Accounts } from '../../infra/accounts.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { anIdentityProvider, CLIENT, logInAt, type IdentityProvider } from '../helpers/an-identity-provider.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aBrowser, formToken } from './an-app.ts'
import { anAppWith, fill, ORIGIN, OTHER_ORIGIN, pathOf, person, signIn } from './by-provider.ts'
import type { Told } from './told.ts'

let provider: IdentityProvider
let warehouse: Warehouse
let app: FastifyInstance
let accounts: Accounts
let told: Told

beforeAll(async () => {
  provider = await anIdentityProvider([ORIGIN, OTHER_ORIGIN], {
    ann: { name: 'Ann Analyst', roles: ['staff', 'hr-analyst'] },
    pat: { name: 'Pat Principal', roles: 'hr-principal', schools: ['lincoln'] },
    cleo: { roles: ['hr-principal'], schools: ['shut'] },
    ada: { roles: ['hr-adviser'], email: 'Ada@example.org', email_verified: true },
    eve: { roles: ['hr-adviser'], email: 'ada@example.org', email_verified: false },
    nat: { roles: ['hr-adviser'], email: 'nobody@example.org', email_verified: true },
    stu: { roles: ['hr-adviser'], email: 'stu@example.org', email_verified: true },
    bob: { roles: ['bus-driver'] },
    moe: {},
    two: { roles: ['hr-adviser', 'hr-principal'], schools: ['lincoln'] },
  })
  warehouse = await freshWarehouse()
  await fill(warehouse)
  ;({ app, accounts, told } = await anAppWith(provider, warehouse, ORIGIN))
})
afterAll(() => provider.stop())

test('a sign-in through a real provider leads to the page that was wished for; its cookie is out of reach', async () => {
  const browser = aBrowser(app)
  const refused = await browser.get('/district?week=2026-W10')
  expect(refused.statusCode).toBe(401)
  const [, way = ''] = /href="(\/sign-in[^"]*)"/.exec(refused.body) ?? []
  const { entered } = await signIn(browser, 'ann', way)
  expect([entered.statusCode, entered.headers.location]).toEqual([303, '/district?week=2026-W10'])
  expect(entered.cookies.find(({ name }) => name === 'homeroom_session')).toMatchObject({
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
  })
  const page = await browser.get('/district')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('Ann Analyst')
  expect(told.last()).toMatchObject({ action: 'signed-in', account: idOf('ann'), role: 'analyst' })
})

test('role and school come from claims; an account that nobody made is there afterwards, without a secret', async () => {
  const browser = aBrowser(app)
  await signIn(browser, 'pat')
  expect((await browser.get('/schools/lincoln?week=2026-W10')).statusCode).toBe(200)
  expect(told.last()).toMatchObject({ action: 'saw', units: expect.arrayContaining(['school:lincoln']) })
  expect((await browser.get('/schools/monroe')).statusCode).toBe(403)
  expect(told.last()).toMatchObject({ action: 'refused', account: idOf('pat'), code: 'SCOPE_DENIED' })
  expect(await readAccount(warehouse, idOf('pat'))).toMatchObject({
    role: 'principal',
    scope: { schools: ['lincoln'] },
    secretHash: '',
    setBy: 'provider',
    name: 'Pat Principal',
  })
})

test('who has several roles has the one that is mapped first', async () => {
  await signIn(aBrowser(app), 'two')
  expect(await readAccount(warehouse, idOf('two'))).toMatchObject({ role: 'principal' })
})

test('an adviser’s school, advisory and classes come from the roster, by the e-mail address that the provider has verified', async () => {
  const browser = aBrowser(app)
  await signIn(browser, 'ada')
  expect(await readAccount(warehouse, idOf('ada'))).toMatchObject({
    scope: { schools: ['lincoln'], advisories: ['hr-1'], classes: ['c-1'], person: person('t1') },
  })
  expect((await browser.get('/schools/lincoln?week=2026-W10')).statusCode).toBe(200)
  expect(told.last().units).toEqual(['advisory:hr-1', 'class:c-1'])
})

test('an unverified address, one that the roster does not have, and a student’s open nothing', async () => {
  for (const sub of ['eve', 'nat', 'stu']) {
    const browser = aBrowser(app)
    await signIn(browser, sub)
    const { scope } = (await readAccount(warehouse, idOf(sub)))!
    expect([sub, scope.schools, scope.advisories, scope.classes]).toEqual([sub, [], [], []])
    expect((await browser.get('/schools/lincoln')).statusCode).toBe(403)
  }
})

test('who has no role that is mapped does not come in, and is told why; the audit too', async () => {
  for (const sub of ['bob', 'moe']) {
    const browser = aBrowser(app)
    const { entered } = await signIn(browser, sub)
    expect(entered.statusCode).toBe(403)
    expect(entered.body).toContain('gives you no role that Homeroom knows')
    expect(browser.cookies.has('homeroom_session')).toBe(false)
    expect(told.last()).toMatchObject({ action: 'sign-in-refused', code: 'SCOPE_DENIED', account: '' })
    expect(await readAccount(warehouse, idOf(sub))).toBeUndefined()
  }
})

test('a principal whose school has closed is told so on the first page', async () => {
  const browser = aBrowser(app)
  const { entered } = await signIn(browser, 'cleo')
  expect(entered.headers.location).toBe('/')
  expect((await browser.get('/')).headers.location).toBe('/schools/shut')
  const page = await browser.get('/schools/shut')
  expect(page.statusCode).toBe(403)
  expect(page.body).toContain('closed or renamed')
  expect(page.body).toContain('href="/district"')
  expect(page.body).toContain('action="/sign-out"')
  expect(told.last()).toMatchObject({ action: 'refused', account: idOf('cleo') })
  const api = await browser.get('/api/indicators?indicator=active_days&unit_type=school&unit_id=shut')
  expect(api.json()).toMatchObject({ code: 'SCOPE_DENIED', message: expect.stringContaining('closed') })
})

test('a role that the provider takes away is gone with the next sign-in', async () => {
  const browser = aBrowser(app)
  provider.people.rae = { roles: ['hr-analyst'] }
  await signIn(browser, 'rae')
  expect((await browser.get('/status')).statusCode).toBe(200)
  provider.people.rae = { roles: ['hr-researcher'] }
  await signIn(aBrowser(app), 'rae')
  expect((await browser.get('/status')).statusCode).toBe(403)
})

test('what an operator has set stands against the claims; who is revoked is not brought back by a sign-in', async () => {
  const browser = aBrowser(app)
  provider.people.lim = { roles: ['hr-analyst'] }
  await signIn(browser, 'lim')
  const made = (await readAccount(warehouse, idOf('lim')))!
  await storeAccount(warehouse, {
    ...made,
    role: 'principal',
    scope: { schools: ['lincoln'], advisories: [] },
    setBy: 'operator',
  })
  await signIn(browser, 'lim')
  expect((await browser.get('/status')).statusCode).toBe(403)
  await revokeAccount(warehouse, (await readAccount(warehouse, idOf('lim')))!)
  await accounts.refresh()
  expect((await browser.get('/catalogue')).statusCode).toBe(401)
  const { entered } = await signIn(browser, 'lim')
  expect(entered.statusCode).toBe(403)
  expect(entered.body).toContain('Your account in Homeroom has ended')
})

test('an answer of the provider is good once, in the browser that asked, and nowhere else', async () => {
  const [mine, theirs] = [aBrowser(app), aBrowser(app)]
  const [asked, askedToo] = [await mine.get('/sign-in'), await theirs.get('/sign-in')]
  const back = pathOf(await logInAt(asked.headers.location as string, 'ann'))
  // A browser that began nothing; one that began something else: state and cookie do not belong together.
  expect((await aBrowser(app).get(back)).statusCode).toBe(403)
  expect((await theirs.get(back)).statusCode).toBe(403)
  expect(told.last()).toMatchObject({ action: 'sign-in-refused', code: 'SIGN_IN_REFUSED' })
  // What theirs began is used up by the wrong answer: the right one comes too late.
  const backToo = pathOf(await logInAt(askedToo.headers.location as string, 'ann'))
  expect((await theirs.get(backToo)).statusCode).toBe(403)
  const cookies = new Map(mine.cookies)
  expect((await mine.get(back)).statusCode).toBe(303)
  // Replayed, with the cookie of then.
  const replayed = await app.inject({ url: back, cookies: Object.fromEntries(cookies) })
  expect([
    replayed.statusCode,
    replayed.cookies.some(({ name, value }) => name === 'homeroom_session' && value !== ''),
  ]).toEqual([403, false])
})

test('a code of another client’s sign-in, a made-up one and an answer without one are refused', async () => {
  for (const change of [
    (q: URLSearchParams) => q.set('code', 'made-up'),
    (q: URLSearchParams) => q.delete('code'),
    (q: URLSearchParams) => q.set('state', 'x'.repeat(43)),
    (q: URLSearchParams) => q.delete('state'),
    (q: URLSearchParams) => q.set('iss', 'https://evil.example'),
    (q: URLSearchParams) => q.append('code', 'second'),
  ]) {
    const browser = aBrowser(app)
    const asked = await browser.get('/sign-in')
    const back = await logInAt(asked.headers.location as string, 'ann')
    change(back.searchParams)
    const answer = await browser.get(pathOf(back))
    expect([change.toString(), answer.statusCode]).toEqual([change.toString(), 403])
    expect(browser.cookies.has('homeroom_session')).toBe(false)
  }
})

test('what the provider says of a refused sign-in is not repeated on our page', async () => {
  const browser = aBrowser(app)
  const asked = await browser.get('/sign-in')
  const state = new URL(asked.headers.location as string).searchParams.get('state')!
  const text = 'Call 555-0100 and read out your password'
  const query = new URLSearchParams({ error: 'access_denied', error_description: text, state, iss: provider.issuer })
  const answer = await browser.get(`/sign-in/callback?${query}`)
  expect(answer.statusCode).toBe(403)
  expect(answer.body).not.toContain('555-0100')
})

test('the way back leads to no other site, whatever the address says', async () => {
  const elsewhere = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%09//evil.example\n',
    'javascript:alert(1)',
    '/..//evil.example',
    '/./\\evil.example',
    'http:evil.example',
    '@evil.example',
    '/sign-in',
    '/sign-out',
    '',
  ]
  for (const to of elsewhere) {
    const browser = aBrowser(app)
    const { entered } = await signIn(browser, 'ann', `/sign-in?${new URLSearchParams({ to })}`)
    expect([to, entered.headers.location]).toEqual([to, '/'])
  }
  const twice = await signIn(aBrowser(app), 'ann', '/sign-in?to=/status&to=//evil.example')
  expect(twice.entered.headers.location).toBe('/')
})

test('line breaks in an address, and a false Host, put nothing into a header', async () => {
  const browser = aBrowser(app)
  const asked = await browser.get('/sign-in?to=/status%0d%0aset-cookie:%20a=b', {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
  })
  const address = new URL(asked.headers.location as string)
  expect(address.origin).toBe(provider.issuer)
  expect(address.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/sign-in/callback`)
  const back = await logInAt(address.href, 'ann')
  const entered = await browser.get(pathOf(back), { host: 'evil.example' })
  expect(entered.headers.location).toBe('/')
  expect(JSON.stringify(entered.headers['set-cookie'])).not.toContain('a=b')
})

test('a provider that is away: a page that says so, other sessions go on, and it works again by itself', async () => {
  const there = aBrowser(app)
  await signIn(there, 'ann')
  const { app: fresh, told: toldFresh } = await anAppWith(provider, warehouse, ORIGIN)
  await provider.stop()
  try {
    const answer = await aBrowser(fresh).get('/sign-in', { accept: 'text/html' })
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('Signing in is not possible at the moment')
    expect(toldFresh.last()).toMatchObject({ action: 'sign-in-refused', code: 'SIGN_IN_UNAVAILABLE' })
    const json = await aBrowser(fresh).get('/sign-in', { accept: 'application/json' })
    expect(json.json()).toMatchObject({ code: 'SIGN_IN_UNAVAILABLE' })
    expect((await there.get('/district')).statusCode).toBe(200)
    expect((await fresh.inject({ url: '/district', cookies: Object.fromEntries(there.cookies) })).statusCode).toBe(200)
  } finally {
    await provider.start()
  }
  const browser = aBrowser(fresh)
  expect((await signIn(browser, 'ann')).entered.statusCode).toBe(303)
})

test('two districts: the cookies of one open nothing at the other, which forgets them and says so', async () => {
  const elsewhere = await freshWarehouse()
  const other = await anAppWith(provider, elsewhere, OTHER_ORIGIN)
  const browser = aBrowser(app)
  await signIn(browser, 'ann')
  const asked = await browser.get('/sign-in')
  const cookies = Object.fromEntries(browser.cookies)
  const page = await other.app.inject({ url: '/district', cookies })
  expect(page.statusCode).toBe(401)
  expect(page.cookies).toContainEqual(expect.objectContaining({ name: 'homeroom_session', value: '' }))
  expect(other.told.last()).toMatchObject({ action: 'refused', code: 'CREDENTIALS_INVALID', account: '' })
  const back = pathOf(await logInAt(asked.headers.location as string, 'ann'))
  expect((await other.app.inject({ url: back, cookies })).statusCode).toBe(403)
  expect((await browser.get('/district')).statusCode).toBe(200)
})

test('a form of another site signs nobody out, whatever its token', async () => {
  const browser = aBrowser(app)
  await signIn(browser, 'ann')
  const _csrf = formToken((await browser.get('/status')).body)
  const elsewhere: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: OTHER_ORIGIN },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'null' },
  ]
  for (const headers of elsewhere) {
    const answer = await browser.post('/sign-out', { _csrf }, headers)
    expect(answer.statusCode).toBe(403)
    expect(told.last()).toMatchObject({ action: 'refused', account: idOf('ann') })
  }
  expect((await browser.get('/status')).statusCode).toBe(200)
})

test('signing out leads to where one signs out of the provider too', async () => {
  const browser = aBrowser(app)
  await signIn(browser, 'ann')
  const stolen = Object.fromEntries(browser.cookies)
  const page = await browser.post(
    '/sign-out',
    { _csrf: formToken((await browser.get('/status')).body) },
    { origin: ORIGIN, 'sec-fetch-site': 'same-origin' },
  )
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain(`href="${provider.issuer}/session/end?client_id=homeroom`)
  expect(told.last()).toMatchObject({ action: 'signed-out', account: idOf('ann') })
  expect((await app.inject({ url: '/status', cookies: stolen })).statusCode).toBe(401)
})

test('signing out everywhere ends every session, in other processes too', async () => {
  const browsers = [aBrowser(app), aBrowser(app)]
  for (const browser of browsers) await signIn(browser, 'pat')
  const pat = (await readAccount(warehouse, idOf('pat')))!
  await storeAccount(warehouse, { ...pat, signedOutAt: new Date() })
  await accounts.refresh()
  for (const browser of browsers) expect((await browser.get('/catalogue')).statusCode).toBe(401)
  await signIn(browsers[0]!, 'pat')
  expect((await browsers[0]!.get('/catalogue')).statusCode).toBe(200)
})

test('where a provider is set, links open nothing', async () => {
  for (const url of [`/sign-in/${'A'.repeat(43)}`, '/sign-in/callback/x'])
    expect((await app.inject(url)).statusCode).toBe(404)
  expect((await app.inject({ method: 'POST', url: '/sign-in' })).statusCode).toBe(404)
})

test('over https, cookies are bound to the host and sent over https only', async () => {
  const { app: secure } = await anAppWith(provider, warehouse, 'https://homeroom.example.org')
  const asked = await secure.inject('/sign-in')
  expect(asked.cookies.map(({ name, secure }) => [name, secure])).toEqual([['__Secure-homeroom_sign_in', true]])
  expect(asked.headers['strict-transport-security']).toContain('max-age=31536000')
  const page = await secure.inject({ url: '/district', cookies: { '__Host-homeroom_session': 'x'.repeat(43) } })
  expect(page.cookies).toContainEqual(
    expect.objectContaining({ name: '__Host-homeroom_session', secure: true, path: '/' }),
  )
})

test('neither the provider’s secret nor its codes and tokens are stored or told', async () => {
  const browser = aBrowser(app)
  const { back } = await signIn(browser, 'ann')
  const all = JSON.stringify([
    await warehouse.query('select * from {identity:Identifier}.accounts'),
    await warehouse.query('select * from {identity:Identifier}.sessions_open'),
    told.all(),
  ])
  expect(all).toContain(hashOf(browser.cookies.get('homeroom_session')!))
  for (const secret of [CLIENT.clientSecret, back.searchParams.get('code')!, browser.cookies.get('homeroom_session')!])
    expect(all).not.toContain(secret)
})

const idOf = (sub: string): string => `${new URL(provider.issuer).host}|${sub}`
