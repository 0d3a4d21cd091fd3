import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { aLyingProvider, type Lie, type LyingProvider } from '../helpers/a-lying-provider.ts'
import { CLIENT } from '../helpers/an-identity-provider.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aBrowser, anApp } from './an-app.ts'
import { auditOf, type Told } from './told.ts'

let provider: LyingProvider
let warehouse: Warehouse
let told: Told

beforeAll(async () => {
  provider = await aLyingProvider()
  warehouse = await freshWarehouse()
  told = await auditOf()
})
afterAll(() => provider.close())

const now = (): number => Math.floor(Date.now() / 1000)

test('an honest answer of it signs in: what follows is refused for its lie alone', async () => {
  expect((await tried({})).statusCode).toBe(303)
})

test('two minutes of difference between the clocks are too many, twenty seconds are not', async () => {
  expect((await tried({ claims: { iat: now() - 100, exp: now() - 20 } })).statusCode).toBe(303)
  expect((await tried({ claims: { iat: now() - 300, exp: now() - 120 } })).statusCode).toBe(403)
})

const LIES: Record<string, Lie> = {
  'a token of another issuer': { claims: { iss: 'https://evil.example' } },
  'a token for another client': { claims: { aud: 'somebody-else' } },
  'a token for several, whose party is another': { claims: { aud: [CLIENT.clientId, 'x'], azp: 'x' } },
  'a token with the nonce of another sign-in': { claims: { nonce: 'other' } },
  'a token without a nonce': { claims: { nonce: undefined } },
  'a subject longer than any may be': { claims: { sub: 'a'.repeat(256) }, userinfo: { sub: 'a'.repeat(256) } },
  'a token without a subject': { claims: { sub: undefined } },
  'a token that never ends': { claims: { exp: undefined } },
  'a token that is not valid yet': { claims: { nbf: now() + 3600 } },
  'a token that is over': { claims: { exp: now() - 3600 } },
  'an unsigned token': { signed: 'none' },
  'a token signed by another key': { signed: 'by another key' },
  'a token signed with the public key as a secret': { signed: 'HS256' },
  'a token of a key that does not exist': { header: { kid: 'nobody' } },
  'a token with an extension that must be understood': { header: { crit: ['exp'] } },
  'a discovery document of another issuer': { discovery: { issuer: 'https://evil.example' } },
  'information about another user': { userinfo: { sub: 'bob' } },
  'a code that it does not take': { status: 400 },
}

for (const [name, lie] of Object.entries(LIES)) {
  test(`${name}: nobody is signed in, and the audit knows`, async () => {
    const answer = await tried(lie)
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('You could not be signed in')
    expect(answer.session).toBe(false)
    expect(told.last()).toMatchObject({ action: 'sign-in-refused', code: 'SIGN_IN_REFUSED' })
  })
}

const AWAY: Record<string, Lie> = {
  'an error of its own': { status: 500, body: 'oops' },
  'a page instead of a token': { body: '<h1>Maintenance</h1>' },
  'no answer': { hangs: true },
}

for (const [name, lie] of Object.entries(AWAY)) {
  test(`${name}: signing in is not possible at the moment`, async () => {
    const answer = await tried(lie)
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('Signing in is not possible at the moment')
    expect(answer.session).toBe(false)
    expect(told.last()).toMatchObject({ action: 'sign-in-refused', code: 'SIGN_IN_UNAVAILABLE' })
  }, 15_000)
}

test('claims cannot reach beyond their own text: what a name, a role or a subject says stays text', async () => {
  const name = '<script>alert(1)</script>'
  expect(
    (
      await tried({
        userinfo: { sub: 'x"><b>' },
        claims: { sub: 'x"><b>', name, roles: ['hr-analyst', '__proto__', 7, null] },
      })
    ).statusCode,
  ).toBe(303)
  expect((await tried({ claims: { roles: { 'hr-analyst': true } } })).statusCode).toBe(403)
  expect((await tried({ claims: { roles: 'constructor' } })).statusCode).toBe(403)
  const answer = await tried({ userinfo: { sub: 'y' }, claims: { sub: 'y', name } })
  const page = await answer.browser.get('/district')
  expect(page.body).not.toContain('<script')
  expect(page.body).toContain('&#60;script')
})

/** From the first page to the answer, with a provider that lies so. */
async function tried(lie: Lie) {
  provider.lie = lie
  // A new one each time: what the last one said of itself is forgotten.
  const app = await anApplication()
  const browser = aBrowser(app)
  const asked = await browser.get('/sign-in', { accept: 'text/html' })
  const { pathname, search } =
    asked.statusCode === 303 ? provider.answer(asked.headers.location as string) : new URL('http://x/sign-in')
  const answer = await browser.get(pathname + search, { accept: 'text/html' })
  return { statusCode: answer.statusCode, body: answer.body, session: browser.cookies.has('homeroom_session'), browser }
}

async function anApplication(): Promise<FastifyInstance> {
  const settings = readSignIn(
    JSON.stringify({
      ...CLIENT,
      issuer: provider.issuer,
      publicUrl: 'http://127.0.0.1:8099',
      roles: { claim: 'roles', values: { 'hr-analyst': 'analyst' } },
    }),
  )!
  const signIn = { settings, pseudonym: (_field: string, value: string) => value }
  return (await anApp(warehouse, () => new Date(), { signIn, log: told.log })).app
}
