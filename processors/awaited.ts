import type { Delivered } from '../infra/log/event-log.ts'
import type { TraceContext } from '../infra/tracing/trace-context.ts'
import type { Tracing } from '../infra/tracing/tracing.ts'

/** Records accepted longer ago come from a replay, a backfill or an outage: how old figures are is then said by the lag. */
const LIVE_MS = 3_600_000
/** More traces than this wait only where a collector is no longer of use. */
const MOST_TRACES = 1000

type Waiting = { oldest_ms: number; traces: TraceContext[] }

/** What is stored and waits for its figures: since when, and by which traces. */
export type Awaited = {
  /** Store a batch; its records then wait. What `store` throws is thrown, and nothing of the batch waits. */
  storing(topic: string, batch: Delivered[], store: (batch: Delivered[]) => Promise<void>): Promise<void>
  /**
   * Recompute everything that waited when this was called.
   * @returns seconds from the acceptance of the oldest record that waited to its figures; null: none did
   */
  recomputing(recompute: () => Promise<boolean>): Promise<number | null>
}

export function openAwaited(tracing: Tracing | null): Awaited {
  let waiting: Waiting = nothing()
  return {
    async storing(topic, batch, store) {
      const began_ms = Date.now()
      await store(batch)
      if (topic === 'records') waiting.oldest_ms = Math.min(waiting.oldest_ms, oldestOf(batch, began_ms))
      if (tracing === null) return
      const times = { began_ms, ended_ms: Date.now() }
      const traces = new Set(batch.map(({ trace }) => trace).filter(trace => trace !== undefined))
      for (const trace of traces) {
        const said = { 'messaging.destination.name': topic, 'messaging.batch.message_count': batch.length }
        const stored = tracing.over(`${topic} process`, 'consumer', trace, times, said)
        if (topic === 'records' && waiting.traces.length < MOST_TRACES) waiting.traces.push(stored)
      }
    },
    async recomputing(recompute) {
      const taken = waiting
      waiting = nothing()
      const began_ms = Date.now()
      let isDone = false
      try {
        isDone = await recompute()
      } finally {
        if (!isDone) waiting = together(taken, waiting)
      }
      if (!isDone) return null
      const ended_ms = Date.now()
      for (const trace of taken.traces)
        tracing?.over('indicators recompute', 'internal', trace, { began_ms, ended_ms }, {})
      return Number.isFinite(taken.oldest_ms) ? (ended_ms - taken.oldest_ms) / 1000 : null
    },
  }
}

const nothing = (): Waiting => ({ oldest_ms: Number.POSITIVE_INFINITY, traces: [] })

const together = (a: Waiting, b: Waiting): Waiting => ({
  oldest_ms: Math.min(a.oldest_ms, b.oldest_ms),
  traces: [...a.traces, ...b.traces].slice(0, MOST_TRACES),
})

/** The first entry of each partition is the oldest of it; infinite where none is live. */
function oldestOf(batch: readonly Delivered[], now_ms: number): number {
  const seen = new Set<number>()
  let oldest_ms = Number.POSITIVE_INFINITY
  for (const { partition, value } of batch) {
    if (seen.has(partition)) continue
    seen.add(partition)
    const stored_ms = Date.parse(/"storedAt":"([^"]{20,30})"/.exec(value ?? '')?.[1] ?? '')
    if (stored_ms > now_ms - LIVE_MS) oldest_ms = Math.min(oldest_ms, stored_ms)
  }
  return oldest_ms
}
