import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createServer } from '../../infra/commands/server.ts'
import { encodeMessage } from '../../infra/log/message.ts'
import { fromContext, fromHeader, toContext } from '../../infra/tracing/trace-context.ts'
import { openTracing } from '../../infra/tracing/tracing.ts'
import { until } from '../helpers/until.ts'
import { aCollector, type CollectedSpan } from './a-collector.ts'
import { aDelivery, aRuntime, type ARuntime } from './a-runtime.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SENDER = '00f067aa0ba902b7'

let collector: Awaited<ReturnType<typeof aCollector>>
let on: ARuntime
let app: FastifyInstance

beforeAll(async () => {
  collector = await aCollector()
  on = await aRuntime({ otlp: collector.url, traceShare: 0 })
  app = await createServer(on.runtime, { ingest: true, dashboards: true })
})
afterAll(async () => {
  await app?.close()
  await on?.close()
  await collector?.close()
})

const spansOf = (trace: string): CollectedSpan[] => collector.spans.filter(({ traceId }) => traceId === trace)
const named = (trace: string, name: string): CollectedSpan => spansOf(trace).find(span => span.name === name)!

test('one trace leads from the request through the log to the figures, each step under the one before', async () => {
  const delivery = aDelivery(on.authorization, { traceparent: `00-${TRACE}-${SENDER}-01` })
  expect((await app.inject(delivery)).statusCode).toBe(200)
  await on.caughtUp()
  await until(() => named(TRACE, 'indicators recompute') !== undefined, 'the last span is collected')
  const steps = ['POST /xapi/statements', 'records publish', 'records process', 'indicators recompute']
  const spans = steps.map(name => named(TRACE, name))
  expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([
    SENDER,
    ...spans.slice(0, 3).map(({ spanId }) => spanId),
  ])
  // Server, producer, consumer, internal, as the specification numbers them.
  expect(spans.map(({ kind }) => kind)).toEqual([2, 4, 5, 1])
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) expect(endTimeUnixNano).toBeGreaterThan(startTimeUnixNano)
  expect(spans[3]!.endTimeUnixNano).toBeGreaterThan(spans[2]!.endTimeUnixNano)
})

test('what a sender does not trace is not traced, and neither is what machines ask every few seconds', async () => {
  const before = collector.spans.length
  const unsampled = '0af7651916cd43dd8448eb211c80319c'
  const headers: Record<string, string>[] = [
    {},
    { traceparent: `00-${unsampled}-${SENDER}-00` },
    { traceparent: 'nonsense' },
  ]
  for (const each of headers) expect((await app.inject(aDelivery(on.authorization, each))).statusCode).toBe(200)
  const traceparent = `00-${'1'.repeat(32)}-${SENDER}-01`
  for (const url of ['/healthz', '/readyz', '/metrics']) await app.inject({ url, headers: { traceparent } })
  await on.caughtUp()
  // A traced one after them: when it has come, they would have come.
  const last = '2'.repeat(32)
  await app.inject({ url: '/style.css', headers: { traceparent: `00-${last}-${SENDER}-01` } })
  await until(() => spansOf(last).length > 0, 'the last span is collected')
  expect(collector.spans.length - before).toBe(spansOf(last).length)
})

test('a collector learns the route and the answer, and never whom a request was about', async () => {
  const trace = '3'.repeat(32)
  const headers = { traceparent: `00-${trace}-${SENDER}-01` }
  await app.inject({ url: '/students/ada-lovelace?name=ada-lovelace', headers })
  await app.inject({ url: '/nowhere/ada-lovelace', headers })
  await until(() => spansOf(trace).length === 2, 'both are collected')
  expect(spansOf(trace).map(({ name }) => name)).toEqual(['GET /students/:id', 'GET none'])
  const status = spansOf(trace).map(
    span => span.attributes.find(({ key }) => key === 'http.response.status_code')!.value,
  )
  expect(status).toEqual([{ intValue: 401 }, { intValue: 404 }])
  expect(collector.text()).not.toMatch(/ada-lovelace|kim\.example|Kim Example/)
})

test('half of the requests are traced where half of them shall be', async () => {
  const half = (await openTracing({ otlp: collector.url, traceShare: 0.5, district: 'd' }))!
  const traced = Array.from({ length: 1000 }, () => half.begin('one', 'internal', null).context).filter(Boolean)
  expect(traced.length).toBeGreaterThan(400)
  expect(traced.length).toBeLessThan(600)
  await half.close()
})

test('without a collector there is no tracing, and stored messages are as they were', async () => {
  expect(await openTracing({ otlp: null, traceShare: 1, district: 'd' })).toBeNull()
  expect(encodeMessage({ partition: 0, entries: [{ key: 'a', value: 'b' }], bytes: 2 }, 0)[0]).toBe(1)
})

test('a collector that does not answer holds up nobody', async () => {
  const lost: unknown[] = []
  const settings = { otlp: 'http://127.0.0.1:1', traceShare: 1, district: 'd' }
  const dead = (await openTracing(settings, error => lost.push(error)))!
  const began = performance.now()
  for (let i = 0; i < 20_000; i++) dead.begin('one', 'internal', null).end()
  expect(performance.now() - began).toBeLessThan(5000)
  await dead.close()
  expect(lost).toHaveLength(1)
})

test.each([
  undefined,
  '',
  `00-${TRACE}-${SENDER}`,
  `ff-${TRACE}-${SENDER}-01`,
  `00-${'0'.repeat(32)}-${SENDER}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SENDER}-01`,
  ['a', 'b'],
])('the header %j is none', header => {
  expect(fromHeader(header)).toBeNull()
})

test('a header of a later version is read as far as this one goes', () => {
  expect(fromHeader(`01-${TRACE}-${SENDER}-01-more`)).toEqual({ traceId: TRACE, spanId: SENDER, traceFlags: 1 })
  const context = toContext({ traceId: TRACE, spanId: SENDER, traceFlags: 1 })
  expect(context).toHaveLength(50)
  expect(fromContext(context)).toEqual({ traceId: TRACE, spanId: SENDER, traceFlags: 1 })
})
