import { instantOf } from '../../schemas/formats.ts'
import type { PullState, Walk } from './state.ts'

/** What one page says about where we are. */
export type PageTimes = {
  /** `stored` of its statements in its order, as written; those that are no time left out. */
  stored: readonly string[]
  /** When it was answered, by the source's own clock; milliseconds since 1970. */
  answered_ms: number
  /** X-Experience-API-Consistent-Through; null: not given. */
  consistentThrough_ms: number | null
  /** Link to the next page; null: this was the last. */
  more: string | null
}

type Cursor = Pick<PullState, 'since' | 'walk'>

/**
 * The cursor after a page.
 *
 * A statement can become visible after its `stored`: a transaction commits late, a replica lags. So what was stored less than
 * `overlap_ms` before a page was answered, or after what the source calls consistent, is not settled: the next walk begins
 * before it, and finds what came late. What is settled is not read again.
 */
export function afterPage({ since, walk }: Cursor, page: PageTimes, overlap_ms: number): Cursor {
  const times = page.stored.map(instantOf)
  const before_ms = walk?.newest ? instantOf(walk.newest) : -Infinity
  let newest = walk?.newest ?? null
  let newest_ms = before_ms
  for (const [i, time] of times.entries()) {
    if (time <= newest_ms) continue
    newest_ms = time
    newest = page.stored[i]!
  }
  const inOrder = (walk?.inOrder ?? true) && isAscending([before_ms, ...times])
  const horizon_ms = Math.min(page.answered_ms - overlap_ms, page.consistentThrough_ms ?? Infinity)
  const settled_ms = newest_ms > horizon_ms ? Math.min(walk?.settled_ms ?? Infinity, horizon_ms) : walk?.settled_ms
  const now = { newest, inOrder, settled_ms: settled_ms ?? null }
  if (page.more !== null) return { since, walk: { more: page.more, ...now } }
  return { since: later(since, reached(now)), walk: null }
}

/**
 * Where to begin anew when the source no longer knows its link to the next page: at the last page, if the pages came in
 * order; else at the beginning of the walk.
 */
export function withoutLink({ since, walk }: Cursor): Cursor {
  return { since: walk?.inOrder ? later(since, reached(walk)) : since, walk: null }
}

/** Everything stored up to here was read, and was visible when we read past it. */
function reached({ newest, settled_ms }: Pick<Walk, 'newest' | 'settled_ms'>): string | null {
  if (newest === null || settled_ms === null || settled_ms >= instantOf(newest)) return newest
  return new Date(settled_ms).toISOString()
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return instantOf(b) > instantOf(a) ? b : a
}

const isAscending = (times: readonly number[]): boolean => times.every((time, i) => i === 0 || time >= times[i - 1]!)
