import type { Admin } from 'kafkajs'
import type { Expired, Position } from './event-log.ts'
import { retried } from './kafka-client.ts'

type Stretch = { partition: number; from: number; to: number }

/** What was appended to a topic before a time and is handled. How many bytes it takes Kafka does not tell. */
export async function expiredInKafka(
  admin: Admin,
  name: string,
  positions: readonly Position[],
  before_ms: number,
): Promise<Expired> {
  const stretches = await stretchesOf(admin, name, positions, before_ms)
  const messages = stretches.reduce((sum, { from, to }) => sum + to - from, 0)
  return { messages, bytes: null, oldest_ms: null, newest_ms: messages > 0 ? before_ms : null }
}

/** @returns messages removed */
export async function removeFromKafka(
  admin: Admin,
  name: string,
  positions: readonly Position[],
  before_ms: number,
): Promise<number> {
  const stretches = await stretchesOf(admin, name, positions, before_ms)
  if (stretches.length === 0) return 0
  const partitions = stretches.map(({ partition, to }) => ({ partition, offset: String(to) }))
  await retried(() => admin.deleteTopicRecords({ topic: name, partitions }))
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** Kafka removes without asking groups: what the processors have not handled is left to them. */
async function stretchesOf(
  admin: Admin,
  name: string,
  positions: readonly Position[],
  before_ms: number,
): Promise<Stretch[]> {
  const [ends, firsts] = await retried(() =>
    Promise.all([admin.fetchTopicOffsets(name), admin.fetchTopicOffsetsByTimestamp(name, before_ms)]),
  )
  const handled = new Map(positions.map(({ partition, committed }) => [partition, committed]))
  const firstKept = new Map(firsts.map(({ partition, offset }) => [partition, Number(offset)]))
  return ends
    .map(({ partition, low, high }) => {
      const kept = firstKept.get(partition) ?? -1
      return {
        partition,
        from: Number(low),
        to: Math.min(kept < 0 ? Number(high) : kept, handled.get(partition) ?? 0),
      }
    })
    .filter(({ from, to }) => to > from)
}
