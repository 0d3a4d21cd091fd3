import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical } from '../../ingest/canonical.ts'
import { xapiContent } from '../../ingest/content.ts'
import { withoutAgents } from '../../ingest/originals.ts'
import { aStatement } from './start-ingest.ts'
import { RULES } from './xapi-rules.ts'

type Json = Record<string, unknown>
const tokenOf = (agent: unknown): string => canonical(agent)
const content = (changes: Json): string => xapiContent(withoutAgents(asSent(aStatement(changes)), tokenOf))
const asSent = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

test('the order of properties says nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...RULES), fc.infiniteStream(fc.nat()), ({ good }, random) => {
      const shuffled = reordered(good, () => random.next().value) as Json
      expect(xapiContent(withoutAgents(shuffled, tokenOf))).toBe(xapiContent(withoutAgents(good, tokenOf)))
    }),
    { numRuns: 500 },
  )
})

const KIM = { mbox: 'mailto:kim@example.org' }
const LEE = { mbox: 'mailto:lee@example.org' }

test.each<[string, Json, Json]>([
  [
    'id, stored, authority and version',
    {},
    { id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa9', stored: '2020-01-01T00:00:00Z', version: '1.0.1', authority: KIM },
  ],
  [
    'the display of a verb',
    {},
    { verb: { id: 'http://adlnet.gov/expapi/verbs/answered', display: { de: 'beantwortet' } } },
  ],
  ['the definition of an activity', {}, { object: { id: 'https://lms.example.org/activities/fractions-7' } }],
  ['how the same instant is written', {}, { timestamp: '2026-03-02T08:59:00-05:00' }],
  [
    'the order of members',
    { actor: { objectType: 'Group', member: [KIM, LEE] } },
    { actor: { objectType: 'Group', member: [LEE, KIM] } },
  ],
  [
    'the case of a UUID',
    { context: { registration: 'FD41C918-B88B-4B20-A0A5-A4C32391AAA1' } },
    { context: { registration: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' } },
  ],
  [
    'whether one activity stands in a list',
    { context: { contextActivities: { parent: { id: 'urn:a' } } } },
    { context: { contextActivities: { parent: [{ id: 'urn:a' }] } } },
  ],
])('%s makes no other statement', (_what, a, b) => {
  expect(content(b)).toBe(content(a))
})

test.each<[string, Json]>([
  ['another actor', { actor: KIM }],
  ['another verb', { verb: { id: 'http://adlnet.gov/expapi/verbs/attempted' } }],
  ['another object', { object: { id: 'https://lms.example.org/activities/fractions-8' } }],
  ['another score', { result: { score: { scaled: 0.6 }, success: true, duration: 'PT1M30S' } }],
  [
    'a duration written otherwise, which the standard compares as text',
    { result: { score: { scaled: 0.5 }, success: true, duration: 'PT90S' } },
  ],
  ['another time', { timestamp: '2026-03-02T13:59:00.001Z' }],
  ['no time', { timestamp: undefined }],
  ['a context', { context: { platform: 'LMS' } }],
  ['an extension', { context: { extensions: { 'urn:a': 1 } } }],
  ['an attachment', { attachments: [] }],
  ['a reference', { object: { objectType: 'StatementRef', id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa1' } }],
])('%s makes another statement', (_what, changes) => {
  expect(content(changes)).not.toBe(content({}))
})

test('canonical JSON is JSON of the same value, with sorted keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonical(reordered(value, () => 1))).toBe(canonical(value))
    }),
  )
})

function reordered(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map(item => reordered(item, random))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, reordered(inner, random), random()] as const)
  return Object.fromEntries(entries.sort((a, b) => b[2] - a[2]).map(([key, inner]) => [key, inner]))
}
