import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_ITEMS } from '../../ingest/receive/admission.ts'
import { MAX_TOLD } from '../../ingest/receive/answers.ts'
import { aStatement, JSON_HEADERS, startIngest, type Ingest } from './start-ingest.ts'

let ingest: Ingest
beforeAll(async () => {
  ingest = await startIngest()
})
afterAll(() => ingest.close())

const envelope = (data: unknown): object => ({
  sensor: 'https://lms.example.org/sensor',
  sendTime: '2026-03-02T14:00:00.000Z',
  dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
  data,
})
const many = Array.from({ length: MAX_ITEMS + 1 }, () => 0)

test.each([
  ['/xapi/statements', 'application/json', JSON.stringify(many)],
  ['/caliper/events', 'application/json', JSON.stringify(envelope(many))],
  ['/interactions', 'application/json', JSON.stringify(many)],
  ['/interactions', 'application/x-ndjson', many.join('\n')],
  ['/interactions', 'text/csv', `at\n${many.join('\n')}`],
])('more than ten thousand items are refused whole: %s as %s', async (url, type, body) => {
  const answer = await ingest.post(url, body, {
    ...JSON_HEADERS,
    'x-experience-api-version': '1.0.3',
    'content-type': type,
  })
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([413, 'BODY_TOO_LARGE'])
  expect(await ingest.deadLetters()).toEqual([])
})

test('of many faults a thousand are told and the others are counted; each bad row is a dead letter', async () => {
  const rows = Array.from({ length: MAX_TOLD + 5 }, (_, i) => i)
  const answer = await ingest.post('/interactions', rows)
  expect(answer.statusCode).toBe(400)
  const { refused, untold } = answer.json<{ refused: unknown[]; untold: number }>()
  expect([refused.length, untold]).toEqual([MAX_TOLD, 5])
  expect(await ingest.deadLetters()).toHaveLength(MAX_TOLD + 5)
})

test('after a thousand bad statements the rest of a request is not looked at', async () => {
  const answer = await ingest.post('/xapi/statements', [...many.slice(0, 1200), aStatement()])
  expect(answer.statusCode).toBe(400)
  const { message, errors } = answer.json<{ message: string; errors: unknown[] }>()
  expect(message).toMatch(/^RECORD_INVALID: at least 1000 of 1201 statements invalid/)
  expect(errors).toHaveLength(MAX_TOLD)
})

test('an agent that would not fit into the log is refused, and nobody else suffers from it', async () => {
  const large = { mbox: 'mailto:kim@example.org', name: '"'.repeat(600_000) }
  const [bad, good] = await Promise.all([
    ingest.post('/xapi/statements', aStatement({ actor: large })),
    ingest.post('/xapi/statements', aStatement()),
  ])
  expect([bad.statusCode, good.statusCode]).toEqual([413, 200])
})

test('a header of CSV that would stand in every dead letter is bounded', async () => {
  const answer = await ingest.post('/interactions', `${'a'.repeat(3000)}\nb`, {
    ...JSON_HEADERS,
    'content-type': 'text/csv',
  })
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'BODY_INVALID'])
})
