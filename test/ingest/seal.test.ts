import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { canonical } from '../../ingest/canonical.ts'
import { Identities } from '../../ingest/identities.ts'
import { keptText, tokenReference, whole, withoutAgents, withoutPersons } from '../../ingest/originals.ts'
import { decrypt, deadLetterKey, encrypt, opened, saltIdOf, sealingKey } from '../../infra/seal.ts'
import { IdentityEntry } from '../../schemas/identity.ts'
import { aStatement, NOW, SECRETS } from './start-ingest.ts'
import { RULES } from './xapi-rules.ts'

const KEY = sealingKey(SECRETS.masterSecret, 'salt')
const ACTOR = 'ab'.repeat(32)

test('any text that is sealed opens again, and is sealed differently each time', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 600 }).filter(text => text.isWellFormed()),
      text => {
        const sealed = encrypt(KEY, text)
        expect(decrypt(KEY, sealed)).toBe(text)
        expect(encrypt(KEY, text)).not.toBe(sealed)
      },
    ),
  )
  const long = 'ä'.repeat(300_000)
  expect(decrypt(KEY, encrypt(KEY, long))).toBe(long)
})

test('another key, salt or month opens nothing, nor does an altered text', () => {
  const sealed = encrypt(KEY, 'secret')
  const altered = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1)
  const wrong = [
    () => decrypt(sealingKey(SECRETS.masterSecret, 'other'), sealed),
    () => decrypt(sealingKey(Buffer.alloc(32, 9), 'salt'), sealed),
    () => decrypt(deadLetterKey(SECRETS.deadLetterSecret, '2026-03'), sealed),
    () => decrypt(KEY, altered),
    () => decrypt(KEY, sealed.slice(0, 20)),
    () => decrypt(KEY, ''),
  ]
  for (const open of wrong) expect(open).toThrow(HomeroomError)
})

/** Keeps what is written, as the topic `identities` would. */
function identityStore() {
  const agents = new Map<string, string>()
  const salts = new Map<string, string>()
  let written = 0
  const write = (): void => {
    for (const { value } of identities.takeFresh()) {
      const entry = IdentityEntry.parse(JSON.parse(value!))
      written++
      if (entry.type === 'agent') agents.set(entry.id, entry.agent)
      if (entry.type === 'salt') salts.set(entry.id, entry.salt)
    }
  }
  const identities = new Identities(SECRETS, () => NOW)
  const tokenOf = (agent: unknown): string => identities.known(agent, () => null).token
  const open = (sealed: string): unknown => {
    const salt = salts.get(saltIdOf(sealed))
    return salt === undefined ? null : whole(opened(sealed, salt, SECRETS.masterSecret), agents)
  }
  return { identities, write, tokenOf, open, agents, salts, written: () => written }
}

test('every statement is given back whole, and its sealed text holds no agent', async () => {
  const { identities, write, tokenOf, open } = identityStore()
  for (const { good: sent } of RULES) {
    // The authority is the store's to set: what a sender says of it is not kept.
    const { authority: _authority, ...good } = sent
    const text = keptText('xapi', withoutAgents(good, tokenOf))
    expect(text).not.toContain('kim')
    const sealed = identities.seal(text, ACTOR)
    write()
    expect(open(sealed)).toEqual(good)
  }
})

test('a Caliper event is given back whole, with persons by reference and within lists', async () => {
  const { identities, write, tokenOf, open } = identityStore()
  const isPerson = (value: unknown, key: string): boolean =>
    (typeof value === 'string' && ['actor', 'creators', 'member'].includes(key)) ||
    (typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Person')
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        fc.constantFrom('actor', 'object', 'creators', 'member', 'x', '$agent', '__proto__'),
        fc.oneof(
          fc.constant({ id: 'https://x/kim', type: 'Person', name: 'kim' }),
          fc.constant(['https://x/kim', { id: 'https://x/kim', type: 'Person' }]),
          fc.constant({ $agent: 'AAAAAAAAAAAAAAAAAAAAAA' }),
          fc.jsonValue({ maxDepth: 3 }),
        ),
      ),
      async dictionary => {
        const event: unknown = JSON.parse(JSON.stringify(dictionary))
        const text = keptText('caliper', withoutPersons(event, tokenOf, isPerson))
        const sealed = identities.seal(text, ACTOR)
        write()
        expect(open(sealed)).toEqual(event)
      },
    ),
    { numRuns: 300 },
  )
})

test('an erased agent comes back as an anonymous account, an erased salt takes the original with it', async () => {
  const { identities, write, tokenOf, open, agents, salts } = identityStore()
  const statement = aStatement({ context: { instructor: { mbox: 'mailto:lee@example.org' } } })
  const sealed = identities.seal(keptText('xapi', withoutAgents(statement, tokenOf)), ACTOR)
  write()
  const kim = tokenOf(statement.actor)
  agents.delete(kim)
  expect(open(sealed)).toEqual({
    ...statement,
    actor: { objectType: 'Agent', account: { homePage: 'https://homeroom.example/erased', name: kim } },
  })
  salts.clear()
  expect(open(sealed)).toBeNull()
})

test('an erased member leaves the rest of its group', async () => {
  const { identities, write, tokenOf, open, agents } = identityStore()
  const [kim, lee] = [{ mbox: 'mailto:kim@example.org' }, { mbox: 'mailto:lee@example.org' }]
  const group = { objectType: 'Group', account: { homePage: 'https://a.example.org', name: 'g' }, member: [kim, lee] }
  const sealed = identities.seal(keptText('xapi', withoutAgents(aStatement({ actor: group }), tokenOf)), ACTOR)
  write()
  agents.delete(tokenOf(kim))
  expect(open(sealed)).toMatchObject({
    actor: { ...group, member: [{ account: { homePage: 'https://homeroom.example/erased' } }, lee] },
  })
})

test('a reference that a sender writes into an extension stays what it is', async () => {
  const { identities, write, tokenOf, open } = identityStore()
  const statement = aStatement({
    context: { extensions: { 'urn:x': tokenReference(tokenOf({ mbox: 'mailto:lee@example.org' })) } },
  })
  const sealed = identities.seal(keptText('xapi', withoutAgents(statement, tokenOf)), ACTOR)
  write()
  expect(open(sealed)).toEqual(statement)
})

test('an agent and a salt are written once a process, and the same agent has the same token in every process', async () => {
  const one = identityStore()
  const two = identityStore()
  const agent = { name: 'Kim', mbox: 'mailto:kim@example.org' }
  const token = one.tokenOf(agent)
  for (let i = 0; i < 5; i++) {
    expect(one.tokenOf({ mbox: 'mailto:kim@example.org', name: 'Kim' })).toBe(token)
    one.identities.seal('x', ACTOR)
    one.write()
  }
  // Once each, but for the two orders in which the agent came.
  expect(one.written()).toBe(3)
  expect(two.tokenOf(agent)).toBe(token)
  expect(token).toHaveLength(22)
  expect(canonical([...one.agents.keys()])).toBe(canonical([token]))
})
