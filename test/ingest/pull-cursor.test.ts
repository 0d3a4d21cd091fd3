import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterPage, withoutLink } from '../../ingest/pull/cursor.ts'
import type { PullState } from '../../ingest/pull/state.ts'

type Cursor = Pick<PullState, 'since' | 'walk'>

const START = Date.parse('2026-03-02T08:00:00.000Z')
const OVERLAP_MS = 10_000
const FRESH: Cursor = { since: null, walk: null }
const at = (ms: number): string => new Date(START + ms).toISOString()
const a = (ms: number): number => Date.parse(at(ms))
const page = (stored: number[], answered: number, more: string | null = null) => ({
  stored: stored.map(at),
  answered_ms: a(answered),
  consistentThrough_ms: null,
  more,
})

test('what is settled is not read again: the next walk begins behind the newest', () => {
  expect(afterPage(FRESH, page([100, 200], 60_000), OVERLAP_MS)).toEqual({ since: at(200), walk: null })
})

test('what was stored within the overlap before the answer is read again', () => {
  expect(afterPage(FRESH, page([100, 59_000], 60_000), OVERLAP_MS)).toEqual({ since: at(50_000), walk: null })
})

test('what the source does not call consistent yet is read again', () => {
  const told = { ...page([100, 40_000], 60_000), consistentThrough_ms: a(30_000) }
  expect(afterPage(FRESH, told, OVERLAP_MS)).toEqual({ since: at(30_000), walk: null })
})

test('a time is kept as the source wrote it, to the last digit', () => {
  const stored = '2026-03-02T08:00:00.123456+00:00'
  const told = { stored: [stored], answered_ms: a(60_000), consistentThrough_ms: null, more: null }
  expect(afterPage(FRESH, told, OVERLAP_MS).since).toBe(stored)
})

test('an empty page and one without a single time leave the cursor where it is', () => {
  expect(afterPage({ since: at(5), walk: null }, page([], 60_000), OVERLAP_MS).since).toBe(at(5))
})

test('the cursor never goes back, whatever the clocks of the source say', () => {
  const cursor = { since: at(50_000), walk: null }
  expect(afterPage(cursor, page([50_500], 20_000), OVERLAP_MS).since).toBe(at(50_000))
})

test('a walk that is cut off at the newest end goes on with its link, and still reads that end again', () => {
  const first = afterPage(FRESH, page([100, 59_000], 60_000, 'next'), OVERLAP_MS)
  const last = afterPage(first, page([61_000], 90_000_000), OVERLAP_MS)
  expect(last).toEqual({ since: at(50_000), walk: null })
})

test('a link that is gone is replaced by the last page if pages came in order, else by the beginning of the walk', () => {
  const begun = { since: at(0), walk: null }
  expect(withoutLink(afterPage(begun, page([100, 200], 60_000, 'next'), OVERLAP_MS)).since).toBe(at(200))
  expect(withoutLink(afterPage(begun, page([200, 100], 60_000, 'next'), OVERLAP_MS)).since).toBe(at(0))
})

/** Statements become visible up to OVERLAP_MS after `stored`; the source gives what is visible, page by page. */
const history = fc.array(
  fc.record({ stored: fc.integer({ min: 0, max: 120_000 }), delay: fc.integer({ min: 0, max: OVERLAP_MS }) }),
  { maxLength: 60 },
)
/** Before each page: how long we wait, and whether the link is gone by then. */
const visits = fc.array(fc.record({ pause: fc.integer({ min: 0, max: 20_000 }), gone: fc.boolean() }), {
  minLength: 5,
  maxLength: 80,
})
const LIMIT = 3

for (const isTold of [false, true]) {
  const rule = isTold ? 'Consistent-Through' : 'the overlap'
  test(`with ${rule} no statement that became visible late is missed, however pages, pauses and lost links fall`, () => {
    fc.assert(
      fc.property(history, visits, fc.boolean(), (statements, steps, isOrdered) => {
        const seen = new Set<number>()
        let cursor = FRESH
        let now = 0
        const visit = (gone: boolean): void => {
          if (gone && cursor.walk) cursor = withoutLink(cursor)
          const since = cursor.since === null ? -1 : Date.parse(cursor.since) - START
          const visible = statements.map((s, id) => ({ ...s, id })).filter(s => s.stored + s.delay <= now)
          // A link is a place: behind the last statement given, in the order of this source.
          const after = cursor.walk ? Number(cursor.walk.more) : -Infinity
          const order = (s: { stored: number; id: number }) => (isOrdered ? 1 : -1) * (s.stored * 1000 + s.id)
          const rest = visible.filter(s => s.stored > since && order(s) > after).sort((x, y) => order(x) - order(y))
          const given = rest.slice(0, LIMIT)
          for (const { id } of given) seen.add(id)
          const hidden = statements.filter(s => s.stored + s.delay > now).map(s => s.stored - 1)
          const told = {
            ...page(
              given.map(s => s.stored),
              now,
              rest.length > LIMIT ? String(order(given.at(-1)!)) : null,
            ),
            consistentThrough_ms: isTold ? a(Math.min(now, ...hidden)) : null,
          }
          cursor = afterPage(cursor, told, isTold ? 0 : OVERLAP_MS)
        }
        for (const { pause, gone } of steps) {
          now += pause
          visit(gone)
        }
        // Everything is visible and settled now: the walk under way, then one more.
        now = Math.max(now, 150_000)
        for (let walks = 0; walks < 2;) {
          visit(false)
          if (cursor.walk === null) walks++
        }
        const missed = statements.flatMap((_, id) => (seen.has(id) ? [] : [id]))
        expect(missed).toEqual([])
        // Nothing is read again for ever.
        const newest = Math.max(-1, ...statements.map(s => s.stored))
        expect(cursor.since).toBe(newest < 0 ? null : at(newest))
      }),
      { seed: 20260302, numRuns: 3000 },
    )
  })
}
