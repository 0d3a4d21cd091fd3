import { setImmediate } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import { backoff, bell } from './bell.ts'
import type { ConsumeOptions, Delivered } from './event-log.ts'
import { openGroupQueue } from './group-queue.ts'
import { retried, typeOf } from './kafka-client.ts'

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

type Options = Required<Pick<ConsumeOptions, 'handle' | 'maxEntries'>> & {
  name: string
  report: (error: unknown) => void
}

const HEARTBEAT_MS = 1_000
/** The group has moved on: the offsets are no longer ours to commit, and the client must join again. */
const LOST = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP'])

export function openHandover({ name, handle, maxEntries, report }: Options): Handover {
  const news = bell()
  let stopping = false

  const work = async (parts: Part[]): Promise<PromiseSettledResult<boolean>[]> => {
    const heart = keepBeating(parts[0]!.payload, report)
    try {
      const value = await tryHandle(parts, heart)
      return parts.map(() => ({ status: 'fulfilled', value }))
    } finally {
      heart.stop()
    }
  }
  // The partitions of one fetch are added one after the other: let them come together.
  const queue = openGroupQueue(maxEntries, work, () => setImmediate())

  async function tryHandle(parts: readonly Part[], heart: Heart): Promise<boolean> {
    const entries = parts.length === 1 ? parts[0]!.entries : parts.flatMap(part => part.entries)
    for (let attempt = 1; !stopping && !heart.lost(); attempt++) {
      try {
        await handle(entries)
      } catch (error) {
        report(error)
        await pause(backoff(attempt), heart)
        continue
      }
      // Store first, commit second: a crash here repeats the batch and never loses it.
      await commit(name, parts)
      // Only now may the client join the group again: the commit counted in the old generation.
      if (heart.lost()) throw heart.lost()
      return true
    }
    if (heart.lost()) throw heart.lost()
    return false
  }

  async function pause(ms: number, heart: Heart): Promise<void> {
    const until = performance.now() + ms
    while (!stopping && !heart.lost() && performance.now() < until) {
      await news.wait(Math.min(HEARTBEAT_MS, until - performance.now()))
    }
  }

  return {
    add: part => (stopping ? Promise.resolve(false) : queue.add(part, part.entries.length)),
    stop() {
      stopping = true
      queue.resolveWaiting(false)
      news.ring()
    },
    idle: () => queue.idle(),
  }
}

type Heart = { stop(): void; lost(): unknown }

/** Tells the group that we are alive while a handler runs, and remembers when it wants us to join again. */
function keepBeating(payload: EachBatchPayload, report: (error: unknown) => void): Heart {
  let lost: unknown
  const beat = () =>
    payload.heartbeat().catch((error: unknown) => {
      if (isLost(error)) lost = error
      else report(error)
    })
  const timer = setInterval(() => void beat(), HEARTBEAT_MS)
  return { stop: () => clearInterval(timer), lost: () => lost }
}

async function commit(name: string, parts: readonly Part[]): Promise<void> {
  const partitions = parts.map(({ partition, next }) => ({ partition, offset: String(next) }))
  const { payload } = parts[0]!
  const topics = [{ topic: name, partitions }]
  await retried(() => payload.commitOffsetsIfNecessary({ topics }), 8, isLost)
}

function isLost(error: unknown): boolean {
  return LOST.has(typeOf(error))
}
