import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromCanvas, globalId } from '../../ingest/map/from-canvas.ts'
import { fromOpenEdx } from '../../ingest/map/from-openedx.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { CanvasEvent } from '../../schemas/canvas.ts'
import { TrackingEvent } from '../../schemas/openedx.ts'
import { LearningRecord } from '../../schemas/record.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const Mapped = LearningRecord.omit({ hash: true, raw: true })
const CONTEXT = {
  id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
  source: 'platform',
  storedAt: new Date(NOW).toISOString(),
  window: windowOf(NOW),
  pseudonymise: pseudonymiser(SECRETS.pseudonymKey, 'district-7'),
  homePage: 'https://courses.example.org',
}
const linesOf = async (path: string): Promise<Record<string, unknown>[]> =>
  (await readFile(new URL(`../reference/${path}`, import.meta.url), 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

/** Anything that JSON can hold, what breaks code that trusts it among it. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, '', '0', 0, -1, 1e308, '__proto__', [], {}, [null], 'x'.repeat(5000), '\ud800'),
)
const changed = (value: object): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .subarray(Object.keys(value), { maxLength: Math.min(4, Object.keys(value).length) })
    .chain(keys => fc.record(Object.fromEntries(keys.map(key => [key, anything]))))
    .map(changes => ({ ...value, ...changes }))

describe('whatever stands in the fields of an event, it is refused, nobody’s, or a valid record', () => {
  test('in tracking logs of Open edX', async () => {
    const lines = (await linesOf('openedx/tracking.log')).filter(line => line.event_type !== undefined)
    const line = fc.constantFrom(...lines).chain(one => {
      const details = typeof one.event === 'object' && one.event !== null ? one.event : {}
      return fc
        .tuple(changed(one), changed(details), changed(one.context as object), fc.boolean())
        .map(([whole, event, context, deep]) => (deep ? { ...one, event, context } : whole))
    })
    let mapped = 0
    fc.assert(
      fc.property(line, value => {
        const parsed = TrackingEvent.safeParse(value)
        const record = parsed.success ? fromOpenEdx(parsed.data, CONTEXT) : null
        if (record === null) return
        mapped++
        expect(Mapped.parse(record)).toEqual(record)
      }),
      { numRuns: 5000, seed: 11 },
    )
    expect(mapped).toBeGreaterThan(1000)
  })

  test('in Canvas Live Events', async () => {
    const events = (await linesOf('canvas/live-events.jsonl')) as { metadata: object; body: object }[]
    const event = fc
      .constantFrom(...events)
      .chain(({ metadata, body }) =>
        fc.record({ metadata: fc.oneof(fc.constant(metadata), changed(metadata)), body: changed(body) }),
      )
    let mapped = 0
    fc.assert(
      fc.property(event, value => {
        const parsed = CanvasEvent.safeParse(value)
        const record = parsed.success ? fromCanvas(parsed.data, CONTEXT) : null
        if (record === null) return
        mapped++
        expect(Mapped.parse(record)).toEqual(record)
      }),
      { numRuns: 5000, seed: 12 },
    )
    expect(mapped).toBeGreaterThan(1000)
  })
})

test.each([
  ['48', '21070000000000001', '21070000000000048'],
  ['21070000000000048', '21070000000000001', '21070000000000048'],
  ['9999999999999', '10000000000001', '19999999999999'],
  ['48', null, '48'],
  ['48', '1', '48'],
  ['kim', '21070000000000001', 'kim'],
  [48, '21070000000000001', '21070000000000048'],
])('the id %j in the root account %j is %s', (id, root, expected) => {
  expect(
    globalId(id, { metadata: { event_name: 'x', event_time: '2026-03-02T14:00:00Z', root_account_id: root } }),
  ).toBe(expected)
})
