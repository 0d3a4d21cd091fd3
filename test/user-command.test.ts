import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRuntime, prepare, type Runtime } from '../infra/commands/runtime.ts'
import { expiryOf, limited, scopeOf } from '../infra/commands/user-limits.ts'
import { linkFor, userCommand } from '../infra/commands/user.ts'
import { PROCESSORS_GROUP } from '../infra/log/topics.ts'
import { pseudonymiser } from '../ingest/pseudonymise.ts'
import { freshWarehouse } from './helpers/warehouse.ts'

let runtime: Runtime
let data: string

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-user-'))
  const { url: clickhouse } = await freshWarehouse({ migrated: false })
  const district = `t_${randomBytes(6).toString('hex')}`
  runtime = await openRuntime({
    data,
    district,
    clickhouse,
    secretsFile: join(data, 'secrets.json'),
    logLevel: 'silent',
  })
  await prepare(runtime)
})
afterAll(async () => {
  for (const database of [runtime.warehouse.identity, runtime.warehouse.database])
    await runtime.warehouse.command('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database })
  await runtime.close()
  await rm(data, { recursive: true, force: true })
})

/** The command as it is, on a runtime that stays open. @returns what it printed */
async function user(...args: string[]): Promise<string> {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    await userCommand(use => use(runtime)).parseAsync(args, { from: 'user' })
    return printed.mock.calls.map(([line]) => `${String(line)}\n`).join('')
  } finally {
    printed.mockRestore()
  }
}

const listed = async (...more: string[]): Promise<Record<string, unknown>[]> =>
  (await user('list', '--json', ...more))
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Record<string, unknown>)

test('people and senders are made, listed, limited, signed out and revoked; a secret is printed once and stored as a hash', async () => {
  const said = await user('source', 'lms', '--doors', 'xapi,caliper', '--expires', '2098-06-30')
  const secret = /^password: (\S{43})$/m.exec(said)![1]!
  const link = await user('person', 'jo', '--role', 'principal', '--school', 'lincoln', '--school', 'monroe')
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{43}\n$/)
  expect(await listed()).toMatchObject([
    { id: 'jo', kind: 'person', role: 'principal', scope: { schools: ['lincoln', 'monroe'], advisories: [] } },
    { id: 'lms', kind: 'source', role: 'xapi,caliper', expiresAt: '2098-06-30T23:59:59.999Z' },
  ])

  await user('limit', 'jo', '--role', 'adviser', '--school', 'lincoln', '--advisory', 'hr-1', '--class', 'c-1')
  await user('limit', 'lms', '--doors', 'xapi', '--expires', 'never')
  expect(await listed()).toMatchObject([
    { id: 'jo', role: 'adviser', scope: { schools: ['lincoln'], advisories: ['hr-1'], classes: ['c-1'] } },
    { id: 'lms', role: 'xapi', expiresAt: '2099-12-31T00:00:00.000Z' },
  ])
  const { accounts, warehouse } = runtime
  await accounts.refresh()
  // Limiting changes no secret.
  expect(accounts.authenticate(`Bearer ${secret}`)).toMatchObject({ id: 'lms', role: 'xapi' })

  await user('sign-out', 'jo')
  await user('revoke', 'lms')
  await accounts.refresh()
  expect(accounts.authenticate(`Bearer ${secret}`)).toBeNull()
  expect(accounts.find('jo')!.signedOutAt!.getTime()).toBeGreaterThan(0)
  const stored = JSON.stringify([
    await warehouse.query('select * from {identity:Identifier}.accounts'),
    await warehouse.query('select * from {identity:Identifier}.sign_in_links'),
  ])
  expect(stored).not.toContain(secret)
  expect(stored).not.toContain(link.trim().split('/').at(-1))
  // Made twice, limited twice, signed out, revoked: each is told to the audit.
  expect((await runtime.log.positions('audit', PROCESSORS_GROUP))[0]!.end).toBe(6)
  expect((await listed()).map(({ id }) => id)).toEqual(['jo'])
  expect(await listed('--all')).toMatchObject([{ id: 'jo' }, { id: 'lms', revoked: true }])
  await expect(user('limit', 'lms', '--doors', 'xapi')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(user('limit', 'jo', '--doors', 'xapi')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
})

test('where people sign in by a provider, no link is made', async () => {
  const account = {
    id: 'x',
    kind: 'person' as const,
    role: 'analyst',
    scope: { schools: [], advisories: [] },
    secretHash: '',
    expiresAt: new Date(),
  }
  await expect(linkFor({ ...runtime, config: { ...runtime.config, signIn: '{}' } }, account)).rejects.toMatchObject({
    code: 'SCOPE_DENIED',
  })
})

const person = { kind: 'person' as const, role: 'principal', scope: { schools: ['a'], advisories: ['b'] } }
const source = { kind: 'source' as const, role: 'xapi', scope: { schools: [], advisories: [] } }

test('what is not named stays', () => {
  expect(limited(person, { role: 'adviser' })).toEqual({
    ...person,
    role: 'adviser',
    scope: { ...person.scope, classes: [] },
  })
  expect(scopeOf({ class: ['c'] }, { ...person.scope, person: 'p' })).toEqual({
    schools: ['a'],
    advisories: ['b'],
    classes: ['c'],
    person: 'p',
  })
})

test('roles, doors and options that do not exist or belong to the other kind are refused', () => {
  expect(() => limited(person, { role: 'admin' })).toThrow('--role is admin, expected analyst, principal')
  expect(() => limited(source, { doors: 'xapi,front' })).toThrow('--doors has front')
  expect(() => limited(source, { role: 'operator' })).toThrow('--role is not for senders')
  expect(() => limited(source, { school: ['a'] })).toThrow('are for people')
})

test('a day is valid to its end; one that is over, or is none, is refused', () => {
  const now = new Date('2026-03-20T12:00:00.000Z')
  expect(expiryOf('2026-03-20', now)).toEqual({ expiresAt: new Date('2026-03-20T23:59:59.999Z') })
  expect(expiryOf(undefined, now)).toEqual({})
  for (const day of ['2026-03-19', '2026-02-30', 'tomorrow', '2026', '2100-01-01'])
    expect(() => expiryOf(day, now)).toThrow(`--expires is ${day}`)
})

test('an account is of a person of the roster, whom it names by their id there', async () => {
  await expect(user('person', 'lee', '--role', 'adviser', '--person', 't-lee')).rejects.toMatchObject({
    code: 'ARGUMENT_INVALID',
  })
  expect((await listed('--all')).some(({ id }) => id === 'lee')).toBe(false)
  const identifier = pseudonymiser(runtime.secrets.pseudonymKey, runtime.config.district)('sourcedId', 't-lee')
  await runtime.warehouse.command(
    `insert into person_of (identifier, person_id, source, ver, deleted)
     select unhex({identifier:String}), unhex({identifier:String}), 'sis', 1, 0`,
    { identifier },
  )
  await user('person', 'lee', '--role', 'adviser', '--person', 't-lee')
  await user('limit', 'lee', '--advisory', 'hr-1')
  const [lee] = (await listed()).filter(({ id }) => id === 'lee')
  expect(lee!.scope).toMatchObject({ person: identifier, advisories: ['hr-1'] })
})
