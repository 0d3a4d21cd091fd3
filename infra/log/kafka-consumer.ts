import { setImmediate } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { backoff, bell } from './bell.ts'
import type { ConsumeOptions, Consumption, Delivered } from './event-log.ts'
import { BRIEF, unavailable } from './kafka-client.ts'
import { openHandover } from './kafka-handover.ts'
import type { Part } from './kafka-handover.ts'
import { decodeMessage } from './message.ts'
import { TOPICS } from './topics.ts'

const DEFAULT_MAX_ENTRIES = 20_000

const SETTINGS = {
  // A killed consumer's partitions are given to others after this; a stopped one leaves at once.
  sessionTimeout: 10_000,
  heartbeatInterval: 1_000,
  // Bounds how long stop() waits for a fetch that is under way.
  maxWaitTimeInMs: 500,
  maxBytesPerPartition: 4 * 1024 * 1024,
  maxBytes: 16 * 1024 * 1024,
  allowAutoTopicCreation: false,
  retry: { ...BRIEF, restartOnFailure: async () => false },
}

type Source = { kafka: Kafka; name: string; groupId: string; report: (error: unknown) => void }

/** Deliver from the group's offsets on until stopped; a client that gives up is replaced by a new one. */
export function startKafkaConsumer({ kafka, name, groupId, report }: Source, options: ConsumeOptions): Consumption {
  const { topic, handle, maxEntries = DEFAULT_MAX_ENTRIES } = options
  const handover = openHandover({ name, handle, maxEntries, report })
  const news = bell()
  let stopping = false
  const done = keepRunning()

  async function keepRunning(): Promise<void> {
    for (let failures = 1; !stopping; failures++) {
      const consumer = kafka.consumer({ groupId, ...SETTINGS })
      try {
        await runUntilCrash(consumer)
        if (!stopping) throw new Error('the client gave up')
      } catch (cause) {
        report(unavailable(`group ${groupId}`, cause, 'It starts again where it committed'))
      }
      await handover.idle()
      await consumer.disconnect().catch(report)
      if (!stopping) await news.wait(backoff(failures))
    }
  }

  async function runUntilCrash(consumer: Consumer): Promise<void> {
    let crash: Error | null = null
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      crash = payload.error
      news.ring()
    })
    await consumer.connect()
    await consumer.subscribe({ topic: name, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // All partitions of a fetch at once, so that they can be handed over together.
      partitionsConsumedConcurrently: TOPICS[topic].partitions,
      eachBatch,
    })
    while (!stopping && !crash) await news.wait()
    if (crash) throw crash
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    await setImmediate()
    for (const part of partsOf(payload, TOPICS[topic].compacted, maxEntries)) {
      if (stopping || !payload.isRunning() || payload.isStale()) return
      if (!(await handover.add(part))) return
      payload.resolveOffset(String(part.next - 1))
    }
  }

  return {
    stop() {
      stopping = true
      handover.stop()
      news.ring()
      return done
    },
  }
}

/** A fetched batch in parts of at most `maxEntries` (and the rest of one message). */
function* partsOf(payload: EachBatchPayload, compacted: boolean, maxEntries: number): Generator<Part> {
  const { batch } = payload
  let entries: Delivered[] = []
  for (const [i, { key, value, offset }] of batch.messages.entries()) {
    const place = { partition: batch.partition, offset: Number(offset) }
    if (compacted) entries.push({ key: String(key), value: value && value.toString(), ...place, index: 0 })
    else decodeMessage(value ?? Buffer.alloc(0), place, entries)
    if (entries.length < maxEntries && i < batch.messages.length - 1) continue
    yield { entries, payload, partition: place.partition, next: place.offset + 1 }
    entries = []
  }
}
