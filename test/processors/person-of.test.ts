import fc from 'fast-check'
import { expect, test } from 'vitest'
import { personOf, type Fact, type PersonMap } from '../../processors/person-of.ts'

let clock = 0n
/** "id is person", said by the roster; later facts are newer. */
function is(id: string, person: string, rest: Partial<Fact> = {}): Fact {
  return { id, person, link: 'is', source: 'sis', contested: false, active: true, ver: ++clock, ...rest }
}
const same = (id: string, person: string, rest: Partial<Fact> = {}): Fact =>
  is(id, person, { link: 'same', source: 'ids', ...rest })
const merge = (id: string, person: string, rest: Partial<Fact> = {}): Fact =>
  is(id, person, { link: 'decided', source: 'homeroom', ...rest })
const split = (id: string, person: string): Fact => merge(id, person, { active: false })
const roster = (...persons: string[]): Fact[] => persons.map(person => is(person, person))
const plain = ({ of, contested }: PersonMap): object => ({
  of: Object.fromEntries([...of].sort()),
  contested: Object.fromEntries([...contested].sort()),
})

test('an identifier is the person that a roster says, until it is taken back', () => {
  const claim = is('mail', 'A')
  expect(personOf([...roster('A'), claim]).of.get('mail')).toBe('A')
  expect(personOf([...roster('A'), claim, is('mail', 'A', { active: false })]).of.has('mail')).toBe(false)
})

test('an identifier that two persons claim is nobody, from whichever source, and is listed', () => {
  const { of, contested } = personOf([...roster('A', 'B'), is('mail', 'A'), is('mail', 'B', { source: 'lms' })])
  expect(of.has('mail')).toBe(false)
  expect([...contested]).toEqual([['mail', ['A', 'B']]])
})

test('an identifier that two persons claim is theirs as soon as they are merged', () => {
  const { of, contested } = personOf([...roster('A', 'B'), is('mail', 'A'), is('mail', 'B'), merge('A', 'B')])
  expect([of.get('mail'), of.get('A'), contested.size]).toEqual(['B', 'B', 0])
})

test('what one file calls contested is the person of a claim that is not', () => {
  const twice = [is('mail', 'A', { contested: true }), is('mail', 'B', { contested: true })]
  expect(personOf([...roster('A', 'B'), ...twice]).contested.get('mail')).toEqual(['A', 'B'])
  expect(personOf([...roster('A', 'B'), ...twice, is('mail', 'A')]).of.get('mail')).toBe('A')
  expect(personOf([...roster('A', 'B'), ...twice, merge('B', 'A')]).of.get('mail')).toBe('A')
})

test('a decision takes an identifier from one of two who claim it', () => {
  const facts = [...roster('A', 'B'), is('mail', 'A'), is('mail', 'B')]
  expect(personOf([...facts, split('mail', 'B')]).of.get('mail')).toBe('A')
  expect(personOf([...facts, merge('mail', 'B')]).of.get('mail')).toBe('B')
})

test('a pair carries a person to identifiers that no roster knows, over any number of pairs', () => {
  const facts = [...roster('A'), is('state', 'A'), same('lms', 'state'), same('forum', 'lms')]
  expect(plain(personOf(facts))).toEqual({ of: { A: 'A', state: 'A', lms: 'A', forum: 'A' }, contested: {} })
  expect(personOf([...roster('A'), is('state', 'A'), same('state', 'lms')]).of.get('lms')).toBe('A')
})

test('a wrong pair leaves the identifiers that rosters claim where they are', () => {
  const facts = [...roster('A', 'B'), is('a', 'A'), is('b', 'B'), same('x', 'a'), same('x', 'b')]
  const { of, contested } = personOf(facts)
  expect([of.get('a'), of.get('b'), of.has('x')]).toEqual(['A', 'B', false])
  expect(contested.get('x')).toEqual(['A', 'B'])
  const direct = personOf([...roster('A', 'B'), is('a', 'A'), is('b', 'B'), same('a', 'b')])
  expect([direct.of.get('a'), direct.of.get('b'), direct.contested.get('a')]).toEqual(['A', 'B', ['A', 'B']])
})

test('pairs of identifiers that lead to no person make none', () => {
  expect(plain(personOf([same('x', 'y'), same('y', 'z')]))).toEqual({ of: {}, contested: {} })
})

test('a chain of merges ends at its end, whatever the order', () => {
  const facts = [...roster('A', 'B', 'C'), merge('A', 'B'), merge('B', 'C'), is('mail', 'A')]
  for (const order of [facts, facts.toReversed()]) {
    expect(plain(personOf(order))).toEqual({ of: { A: 'C', B: 'C', C: 'C', mail: 'C' }, contested: {} })
  }
})

test('a circle of merges ends at the newest decision; the reverse of a merge replaces it', () => {
  const circle = [...roster('A', 'B', 'C'), merge('A', 'B'), merge('B', 'C'), merge('C', 'A')]
  expect([...new Set(personOf(circle).of.values())]).toEqual(['A'])
  const turned = [...roster('A', 'B'), merge('A', 'B'), merge('B', 'A')]
  expect([...personOf(turned).merged]).toEqual([['B', 'A']])
})

test('a split gives every identifier back to whom it was before the merge', () => {
  const before = [...roster('A', 'B'), is('a', 'A'), is('b', 'B')]
  const after = [...before, merge('A', 'B'), split('A', 'B')]
  expect(plain(personOf(after))).toEqual(plain(personOf(before)))
})

test('a roster that is loaded again undoes no decision', () => {
  const facts = [...roster('A', 'B'), is('mail', 'A'), merge('A', 'B'), split('mail', 'A')]
  const again = [...facts, ...roster('A', 'B'), is('mail', 'A')]
  expect(plain(personOf(again))).toEqual(plain(personOf(facts)))
})

test('a person of its own whom one roster calls another person is merged; whom two call different ones is listed', () => {
  const own = roster('kim', 'A', 'B')
  expect([...personOf([...own, is('kim', 'A')]).merged]).toEqual([['kim', 'A']])
  const { merged, contested } = personOf([...own, is('kim', 'A'), is('kim', 'B', { source: 'lms' })])
  expect([merged.size, contested.get('kim')]).toEqual([0, ['A', 'B']])
})

test('a file that pairs two ids of a roster merges the persons, the first of them staying', () => {
  expect([...personOf([...roster('old', 'new'), same('old', 'new')]).merged]).toEqual([['old', 'new']])
})

const name = fc.constantFrom(...Array.from('ABCDuvwxyz'))
const anyFact = fc.record({
  id: name,
  person: name,
  link: fc.constantFrom('is', 'is', 'same', 'decided'),
  source: fc.constantFrom('sis', 'lms'),
  contested: fc.boolean(),
  active: fc.constantFrom(true, true, true, false),
  ver: fc.bigInt({ min: 1n, max: 1000n }),
}) as fc.Arbitrary<Fact>
const anyFacts = fc.uniqueArray(anyFact, { maxLength: 30, selector: ({ ver }) => ver })

test('facts in any order, repeated, give the same map', () => {
  fc.assert(
    fc.property(anyFacts, fc.infiniteStream(fc.nat()), (facts, dice) => {
      const shuffled = [...facts, ...facts.slice(0, 5)]
        .map(fact => ({ fact, at: dice.next().value! }))
        .sort((a, b) => a.at - b.at)
        .map(({ fact }) => fact)
      expect(plain(personOf(shuffled))).toEqual(plain(personOf(facts)))
    }),
    { numRuns: 2000, seed: 20261122 },
  )
})

test('what no fact connects can be resolved apart', () => {
  fc.assert(
    fc.property(anyFacts, anyFacts, (one, two) => {
      const other = two.map(fact => ({ ...fact, id: `${fact.id}'`, person: `${fact.person}'` }))
      const [a, b, both] = [personOf(one), personOf(other), personOf([...one, ...other])]
      expect(plain(both)).toEqual(
        plain({
          of: new Map([...a.of, ...b.of]),
          merged: new Map(),
          contested: new Map([...a.contested, ...b.contested]),
        }),
      )
    }),
    { numRuns: 1000, seed: 20261122 },
  )
})

test('everybody that is merged is the person that its target is, and nobody is two', () => {
  fc.assert(
    fc.property(anyFacts, facts => {
      const { of, merged } = personOf(facts)
      for (const person of of.values()) expect(of.get(person)).toBe(person)
      for (const [person, into] of merged) expect([of.get(person), of.get(into)]).toEqual([into, into])
    }),
    { numRuns: 2000, seed: 20261122 },
  )
})
