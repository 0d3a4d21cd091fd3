import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isOldForm, normalCaliper } from '../../ingest/map/caliper-normal.ts'
import { fromCaliper } from '../../ingest/map/from-caliper.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { eventFaults } from '../../ingest/receive/caliper-check.ts'
import type { CaliperEvent } from '../../schemas/caliper.ts'
import { LearningRecord } from '../../schemas/record.ts'
import { canvasEnvelope, canvasEvents } from './caliper-canvas.ts'
import { anEntity, anEvent, interactions } from './caliper-examples.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

type Json = Record<string, unknown>
type Path = (string | number)[]

const ID = 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0'
const examples: readonly Json[] = [
  ...interactions.map(anEvent),
  ...canvasEvents.map(event => (canvasEnvelope(event, ID).data as Json[])[0]!),
]

/** What else may stand in a place: any JSON, and what is near to what is right, or wrong in a special way. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(...examples, anEntity('Person'), anEntity('Score'), {
    '@id': 'urn:x',
    '@type': 'http://purl.imsglobal.org/caliper/v1/Person',
  }),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'urn:x',
    'Person',
    'Event',
    'PT1M',
    '2026-03-02T14:00:00Z',
    '\u0000',
    '\ud800',
    'x'.repeat(5000),
  ),
  fc.constantFrom(1e308, -0, 2 ** 53, 1e-7, -1),
)
const keys = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '@context',
    '@type',
    '@id',
    'id',
    'type',
    'extensions',
    'items',
    '$agent',
    'toJSON',
  ),
)

/** A valid event, changed in one to four places: something else there, nothing there, or something more. */
const mutated = fc
  .tuple(
    fc.constantFrom(...examples),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'remove', 'add'), anything, keys), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([example, changes]) => {
    const event = structuredClone(example)
    for (const [where, how, value, key] of changes) {
      const places = placesIn(event)
      const path = places[where % places.length]!
      const holder = path.slice(0, -1).reduce<Json>((at, part) => at[part] as Json, event)
      if (how === 'set') put(holder, path.at(-1)!, structuredClone(value))
      else if (how === 'remove') remove(holder, path.at(-1)!)
      else put(holder, key, structuredClone(value))
    }
    return event
  })

function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || path.length > 6) return [path]
  const inner = Object.entries(value).flatMap(([key, entry]) => placesIn(entry, [...path, key]))
  return path.length === 0 ? (inner.length > 0 ? inner : [['type']]) : [path, ...inner]
}

// As JSON.parse does: a property of any name is one like all others, and lists have no holes.
function put(holder: Json | unknown[], key: string | number, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value)
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function remove(holder: Json | unknown[], key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}

test('of whatever passes the rules a record can be made; whatever does not is told by its path, what stands there and the rule', () => {
  const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
  const context = {
    id: ID,
    source: 'reader',
    storedAt: new Date(NOW).toISOString(),
    window: windowOf(NOW),
    pseudonymise,
  }
  const seen = { passed: 0, refused: 0 }
  fc.assert(
    fc.property(mutated, event => {
      const normal = (isOldForm(event) ? normalCaliper(event) : event) as Json
      const faults = eventFaults(normal, 0)
      seen[faults.length === 0 ? 'passed' : 'refused']++
      for (const { path, reason } of faults) {
        expect(path).toMatch(/^data\[0\]\.[\w@.[\]]+$/)
        expect(reason).toMatch(/ is .+, expected .+/)
      }
      if (faults.length > 0) return
      const mapped = fromCaliper(normal as CaliperEvent, context)
      LearningRecord.parse({ ...mapped, hash: '0'.repeat(16), raw: 'x' })
    }),
    { numRuns: 8000, seed: 7 },
  )
  // Both sides are reached, or this would prove nothing.
  expect(Math.min(seen.passed, seen.refused)).toBeGreaterThan(1000)
})

let ingest: Ingest
beforeAll(async () => {
  ingest = await startIngest()
})
afterAll(() => ingest.close())

test('any change of a valid event is taken or refused with its path, and its neighbour is stored', async () => {
  let neighbours = 0
  await fc.assert(
    fc.asyncProperty(mutated, async event => {
      const neighbour = {
        ...examples[0],
        id: `urn:uuid:fd41c918-b88b-4b20-a0a5-${String(++neighbours).padStart(12, '0')}`,
      }
      const data = [event, neighbour]
      const response = await ingest.post('/caliper/events', { sensor: 'urn:s', sendTime: '2026-03-02T14:00:00Z', data })
      expect(response.statusCode, response.body).toBe(200)
      const { accepted, described, refused } = response.json<{
        accepted: number
        described: number
        refused: { index: number; path: string }[]
      }>()
      expect(accepted + described + new Set(refused.map(({ index }) => index)).size).toBe(2)
      expect(refused.every(({ index, path }) => index === 0 && path.startsWith('data[0]'))).toBe(true)
    }),
    { numRuns: 400, seed: 7 },
  )
  const stored = new Set((await ingest.records()).map(({ id }) => id))
  for (let i = 1; i <= neighbours; i++)
    expect(stored.has(`fd41c918-b88b-4b20-a0a5-${String(i).padStart(12, '0')}`)).toBe(true)
})
