import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathWithin } from '../../dashboards/sign-in/sign-in-provider-routes.ts'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { childEnvironment, readConfig, shownConfig } from '../../infra/config.ts'
import fc from 'fast-check'

const SECRET = 'a-secret-that-nobody-sees'
const RIGHT = {
  issuer: 'https://login.example.org',
  clientId: 'homeroom',
  clientSecret: SECRET,
  publicUrl: 'https://homeroom.example.org',
  roles: { claim: 'groups', values: { staff: 'adviser' } },
}

test('no setting, no provider; a setting as text or as a file is the same', async () => {
  expect(readSignIn(null)).toBeNull()
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-sign-in-'))
  await writeFile(join(folder, 'sign-in.json'), JSON.stringify(RIGHT))
  expect(readSignIn(join(folder, 'sign-in.json'))).toEqual(readSignIn(JSON.stringify(RIGHT)))
  await rm(folder, { recursive: true })
})

const WRONG: [string, object, string][] = [
  ['plain HTTP to a provider elsewhere', { issuer: 'http://login.example.org' }, 'issuer: expected https'],
  ['plain HTTP to Homeroom elsewhere', { publicUrl: 'http://homeroom.example.org' }, 'publicUrl: expected https'],
  ['a path', { publicUrl: 'https://example.org/homeroom' }, 'publicUrl: expected scheme, host and port only'],
  ['a role that does not exist', { roles: { claim: 'groups', values: { staff: 'admin' } } }, 'roles.values.staff'],
  ['scopes without openid', { scopes: 'profile' }, 'scopes: expected openid first'],
  ['a field that the roster does not have', { roster: { claim: 'email', field: 'phone' } }, 'roster.field'],
  ['a setting that does not exist', { secret: SECRET }, 'secret'],
]
for (const [name, change, said] of WRONG) {
  test(`${name} is refused by name, and no value is shown`, () => {
    const setting = JSON.stringify({ ...RIGHT, ...change })
    expect(() => readSignIn(setting)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(said) }),
    )
    expect(() => readSignIn(setting)).not.toThrow(SECRET)
  })
}

test('what is no JSON is not shown either', () => {
  const broken = `{ "clientSecret": "${SECRET}",, }`
  expect(() => readSignIn(broken)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', cause: undefined }))
  expect(() => readSignIn(broken)).not.toThrow(SECRET)
  expect(() => readSignIn('/nowhere/sign-in.json')).toThrow('/nowhere/sign-in.json is not readable')
})

test('any address but loopback needs a provider', () => {
  for (const HOMEROOM_LISTEN of ['0.0.0.0:8080', '[::]:8080', '10.1.2.3:80', 'homeroom.internal:8080'])
    expect(() => readConfig({ HOMEROOM_LISTEN })).toThrow('HOMEROOM_SIGN_IN names no sign-in provider')
  for (const HOMEROOM_LISTEN of ['127.0.0.1:1', '[::1]:8080', 'localhost:9'])
    expect(readConfig({ HOMEROOM_LISTEN }).port).toBeGreaterThan(0)
  const HOMEROOM_SIGN_IN = JSON.stringify(RIGHT)
  expect(readConfig({ HOMEROOM_LISTEN: '[::]:8080', HOMEROOM_SIGN_IN })).toMatchObject({ host: '::', port: 8080 })
})

test('the setting is hidden where settings are shown, and handed on to children', () => {
  const config = readConfig({ HOMEROOM_LISTEN: '[::]:8080', HOMEROOM_SIGN_IN: ` ${JSON.stringify(RIGHT)}` })
  expect(JSON.stringify(shownConfig(config))).not.toContain(SECRET)
  expect(shownConfig(config).signIn).toBe('hidden')
  expect(readConfig(childEnvironment(config))).toEqual(config)
})

test('whatever an address wishes for, the way back stays with us', () => {
  const origin = 'https://homeroom.example.org'
  const part = fc.constantFrom(
    '/',
    '//',
    '\\',
    '..',
    '.',
    '%2f',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
    'https:',
    '\t',
    '\n',
    '\r\n',
    ' ',
    'sign-in',
    'ü',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 8 }).map(parts => parts.join('')),
        fc.webUrl(),
        fc.string(),
      ),
      to => {
        const way = pathWithin(origin, to)
        expect(way).toMatch(/^\/[\x21-\x7e]*$/)
        expect(new URL(way, origin).origin).toBe(origin)
        expect(way.startsWith('//') || way.startsWith('/\\')).toBe(false)
      },
    ),
    { numRuns: 500, seed: 6 },
  )
  expect(pathWithin(origin, '/schools/lincoln?week=2026-W10')).toBe('/schools/lincoln?week=2026-W10')
  for (const odd of [undefined, null, 7, ['/'], {}]) expect(pathWithin(origin, odd)).toBe('/')
})
