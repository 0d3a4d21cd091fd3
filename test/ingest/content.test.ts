import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical } from '../../ingest/canonical.ts'
import { isSameStatement, xapiContent } from '../../ingest/content.ts'
import { aStatement } from './start-ingest.ts'
import { RULES } from './xapi-rules.ts'

type Json = Record<string, unknown>
const content = (changes: Json): string => xapiContent(asSent(aStatement(changes)), canonical)
const asSent = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

test('the order of properties says nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...RULES), fc.infiniteStream(fc.nat()), ({ good }, random) => {
      const shuffled = reordered(good, () => random.next().value) as Json
      expect(isSameStatement(shuffled, good)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

const KIM = { mbox: 'mailto:kim@example.org' }
const LEE = { mbox: 'mailto:lee@example.org' }
const TEAM = { objectType: 'Group', mbox: 'mailto:team@example.org' }
const [TUTOR, MENTOR] = ['urn:types:tutor', 'urn:types:mentor']
const withAgents = (...agents: [agent: Json, ...types: string[]][]): Json => ({
  context: {
    contextAgents: agents.map(([agent, ...relevantTypes]) => ({ objectType: 'contextAgent', agent, relevantTypes })),
  },
})
const withGroup = (group: Json): Json => ({ context: { contextGroups: [{ objectType: 'contextGroup', group }] } })
const taking = (duration: string): Json => ({ result: { duration } })

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
    'the order of members of an identified group',
    { context: { team: { ...TEAM, member: [KIM, LEE] } } },
    { context: { team: { ...TEAM, member: [LEE, KIM] } } },
  ],
  ['the case of an e-mail domain', { actor: KIM }, { actor: { mbox: 'MAILTO:kim@Example.ORG' } }],
  [
    'the case of a SHA-1',
    { actor: { mbox_sha1sum: 'ebd31e95054c018b10727ccffd2ef2ec3a016ee9' } },
    { actor: { mbox_sha1sum: 'EBD31E95054C018B10727CCFFD2EF2EC3A016EE9' } },
  ],
  ['what a duration says beyond hundredths of a second', taking('PT1M30.12S'), taking('PT1M30.12999S')],
  ['the case of a language', { context: { language: 'en-US' } }, { context: { language: 'en-us' } }],
  [
    'the order of context agents and of their types',
    withAgents([KIM, TUTOR!, MENTOR!], [LEE]),
    withAgents([LEE], [KIM, MENTOR!, TUTOR!]),
  ],
  [
    'the order of members of a context group',
    withGroup({ ...TEAM, member: [KIM, LEE] }),
    withGroup({ ...TEAM, member: [LEE, KIM] }),
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

test.each<[string, Json, Json]>([
  ['other context agents', withAgents([KIM]), withAgents([LEE])],
  ['an agent of another type', withAgents([KIM, TUTOR!]), withAgents([KIM, MENTOR!])],
  ['types of the one and of the other', withAgents([KIM, TUTOR!], [LEE]), withAgents([KIM], [LEE, TUTOR!])],
  ['one agent more', withAgents([KIM]), withAgents([KIM], [LEE])],
  ['another group', withGroup(TEAM), withGroup({ ...TEAM, mbox: 'mailto:other@example.org' })],
  ['one member more', withGroup({ ...TEAM, member: [KIM] }), withGroup({ ...TEAM, member: [KIM, LEE] })],
  ['a group in place of an agent', withAgents([TEAM]), withGroup(TEAM)],
  ['an instructor in place of a context agent', withAgents([KIM]), { context: { instructor: KIM } }],
  ['the local part of an address in another case', { actor: KIM }, { actor: { mbox: 'mailto:Kim@example.org' } }],
  ['another name', { actor: KIM }, { actor: { ...KIM, name: 'Kim' } }],
  ['another hundredth of a second', taking('PT1.12S'), taking('PT1.13S')],
  ['a part of a minute beyond hundredths', taking('PT1.123M'), taking('PT1.124M')],
])('%s make another statement', (_what, a, b) => {
  expect(content(b)).not.toBe(content(a))
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
