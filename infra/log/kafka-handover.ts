import { setImmediate } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import { backoff, bell } from './bell.ts'
import type { ConsumeOptions, Delivered } from './event-log.ts'
import { retried } from './kafka-client.ts'

/** Fetched entries of one partition; handling them moves the group's offset there to `next`. */
export type Part = { entries: Delivered[]; payload: EachBatchPayload; partition: number; next: number }

/** Puts the fetched parts of all partitions together, so that a handler gets few large batches instead of many small ones. */
export type Handover = {
  /**
   * True when the part is handled and its offset committed; false when stopped before.
   * @throws what the client threw when the partition was taken away, or the offset could not be committed
   */
  add(part: Part): Promise<boolean>
  /** What has not begun is given up; the running handler ends and its offsets are committed. */
  stop(): void
  /** Resolves when no handler is running. */
  idle(): Promise<void>
}

type Waiting = { part: Part; resolve: (handled: boolean) => void; reject: (error: unknown) => void }

type Options = Required<Pick<ConsumeOptions, 'handle' | 'maxEntries'>> & {
  name: string
  report: (error: unknown) => void
}

const HEARTBEAT_MS = 1_000
/** The group has moved on: the offsets are no longer ours to commit, and the client must join again. */
const LOST = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP'])

export function openHandover({ name, handle, maxEntries, report }: Options): Handover {
  let waiting: Waiting[] = []
  let stopping = false
  let running: Promise<void> | null = null
  const news = bell()

  async function drain(): Promise<void> {
    while (waiting.length) {
      // The partitions of one fetch arrive one after the other: let them come together.
      await setImmediate()
      const group = takeGroup(waiting, maxEntries)
      waiting = waiting.slice(group.length)
      try {
        const handled = await handleGroup(group.map(w => w.part))
        for (const w of group) w.resolve(handled)
      } catch (error) {
        for (const w of group) w.reject(error)
      }
    }
    running = null
  }

  async function handleGroup(parts: readonly Part[]): Promise<boolean> {
    const entries = parts.length === 1 ? parts[0]!.entries : parts.flatMap(part => part.entries)
    const heart = keepBeating(parts[0]!.payload)
    try {
      for (let attempt = 1; !stopping && !heart.lost(); attempt++) {
        try {
          await handle(entries)
        } catch (error) {
          report(error)
          await pause(backoff(attempt), heart.lost)
          continue
        }
        // Store first, commit second: a crash here repeats the batch and never loses it.
        await commit(parts)
        // Only now may the client join the group again: the commit counted in the old generation.
        if (heart.lost()) throw heart.lost()
        return true
      }
      if (heart.lost()) throw heart.lost()
      return false
    } finally {
      heart.stop()
    }
  }

  /** Tells the group that we are alive while a handler runs, and remembers when it wants us to join again. */
  function keepBeating(payload: EachBatchPayload): { stop(): void; lost(): unknown } {
    let lost: unknown
    const beat = () =>
      payload.heartbeat().catch((error: unknown) => {
        if (isLost(error)) lost = error
        else report(error)
      })
    const timer = setInterval(() => void beat(), HEARTBEAT_MS)
    return { stop: () => clearInterval(timer), lost: () => lost }
  }

  async function commit(parts: readonly Part[]): Promise<void> {
    const partitions = parts.map(({ partition, next }) => ({ partition, offset: String(next) }))
    const { payload } = parts[0]!
    const topics = [{ topic: name, partitions }]
    await retried(() => payload.commitOffsetsIfNecessary({ topics }), 8, isLost)
  }

  async function pause(ms: number, lost: () => unknown): Promise<void> {
    const until = performance.now() + ms
    while (!stopping && !lost() && performance.now() < until) {
      await news.wait(Math.min(HEARTBEAT_MS, until - performance.now()))
    }
  }

  return {
    add(part) {
      if (stopping) return Promise.resolve(false)
      return new Promise((resolve, reject) => {
        waiting.push({ part, resolve, reject })
        running ??= drain()
      })
    },
    stop() {
      stopping = true
      for (const { resolve } of waiting.splice(0)) resolve(false)
      news.ring()
    },
    async idle() {
      await running
    },
  }
}

/** At most `maxEntries` together, but at least one part; a partition's parts come one at a time. */
function takeGroup(waiting: readonly Waiting[], maxEntries: number): Waiting[] {
  let entries = 0
  const over = waiting.findIndex(({ part }) => (entries += part.entries.length) > maxEntries)
  return over === -1 ? [...waiting] : waiting.slice(0, Math.max(1, over))
}

function isLost(error: unknown): boolean {
  return LOST.has((error as { type?: string }).type ?? '')
}
