import type { Kafka, Message as KafkaMessage, Producer, ProducerConfig } from 'kafkajs'
import { HomeroomError } from '../errors.ts'
import { PATIENT, unavailable } from './kafka-client.ts'
import { closedError } from './log-errors.ts'

/** A message ready to be sent: `value` null is a tombstone. */
export type Outgoing = { topic: string; partition: number; key: string | null; value: Buffer | null; bytes: number }

/** All sends of one process: one at a time, each with everything that waits. */
export type Sender = {
  /**
   * Resolves when all in-sync replicas hold the messages.
   * @throws HomeroomError LOG_UNAVAILABLE if they may not; some of them may be stored all the same
   */
  send(messages: readonly Outgoing[]): Promise<void>
  pendingBytes(): number
  /** Refuses further messages and resolves when those before are stored or rejected. */
  close(): Promise<void>
}

type Waiting = { messages: readonly Outgoing[]; bytes: number; resolve: () => void; reject: (error: unknown) => void }

/** Of one request; a partition's share must stay under the topic's `max.message.bytes` (10 MiB). */
const REQUEST_BYTES = 1 * 1024 * 1024
/** How long closing waits for a broker that is away. */
const CLOSE_MS = 15_000
/** After these the producer's sequence numbers can no longer be mended: only a new producer helps. */
const STUCK = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])

/** @param ready checked before a topic is first sent to; what it throws rejects the append */
export function openSender(kafka: Kafka, ready: (topic: string) => Promise<void>): Sender {
  let waiting: Waiting[] = []
  let pending = 0
  let closed = false
  let running: Promise<void> | null = null
  let producer: Promise<Producer> | null = null

  async function drain(): Promise<void> {
    while (waiting.length) {
      const group = takeGroup(waiting)
      waiting = waiting.slice(group.length)
      try {
        for (const topic of new Set(group.flatMap(w => w.messages.map(m => m.topic)))) await ready(topic)
        await sendAll(group.flatMap(w => w.messages))
        settle(group, w => w.resolve())
      } catch (cause) {
        // What came after it is rejected too: sent now, it could overtake what the caller sends again.
        settle([...group, ...waiting.splice(0)], w => w.reject(rejection(cause)))
      }
    }
    running = null
  }

  async function sendAll(messages: readonly Outgoing[]): Promise<void> {
    for (const request of requestsOf(messages)) {
      try {
        await request(await current())
      } catch (error) {
        const stuck = producer
        producer = null
        await stuck?.then(p => p.disconnect()).catch(() => undefined)
        if (!STUCK.has((error as { type?: string }).type ?? '')) throw error
        await request(await current())
      }
    }
  }

  function current(): Promise<Producer> {
    producer ??= connected(kafka).catch(error => {
      producer = null
      throw error
    })
    return producer
  }

  function settle(group: readonly Waiting[], end: (w: Waiting) => void): void {
    for (const w of group) {
      pending -= w.bytes
      end(w)
    }
  }

  return {
    send(messages) {
      if (closed) return Promise.reject(closedError())
      const bytes = messages.reduce((sum, m) => sum + m.bytes, 0)
      pending += bytes
      return new Promise((resolve, reject) => {
        waiting.push({ messages, bytes, resolve, reject })
        running ??= drain()
      })
    },
    pendingBytes: () => pending,
    async close() {
      closed = true
      const timeout = Promise.withResolvers<void>()
      const timer = setTimeout(timeout.resolve, CLOSE_MS)
      await Promise.race([running, timeout.promise])
      clearTimeout(timer)
      settle(waiting.splice(0), w => w.reject(unavailable('closed before a broker answered', 'time is up', MAYBE)))
      if (!running) await (await producer)?.disconnect()
    },
  }
}

const MAYBE = 'What was appended may not be stored'

function rejection(cause: unknown): HomeroomError {
  return cause instanceof HomeroomError ? cause : unavailable('an append failed', cause, MAYBE)
}

async function connected(kafka: Kafka): Promise<Producer> {
  const config: ProducerConfig = {
    idempotent: true,
    // With more than one request under way the client's sequence numbers get out of order when a broker restarts.
    maxInFlightRequests: 1,
    retry: PATIENT,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  }
  const producer = kafka.producer(config)
  await producer.connect()
  return producer
}

function takeGroup(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0
  const over = waiting.findIndex(w => (bytes += w.bytes) > REQUEST_BYTES)
  return over === -1 ? [...waiting] : waiting.slice(0, Math.max(1, over))
}

/** The messages as requests of bounded size, to be made one after the other: that keeps the order. */
function requestsOf(messages: readonly Outgoing[]): ((producer: Producer) => Promise<unknown>)[] {
  const requests: Outgoing[][] = []
  let bytes = Infinity
  for (const message of messages) {
    if (bytes + message.bytes > REQUEST_BYTES) {
      requests.push([])
      bytes = 0
    }
    requests.at(-1)!.push(message)
    bytes += message.bytes
  }
  return requests.map(request => {
    const topicMessages = [...Map.groupBy(request, m => m.topic)].map(([topic, list]) => ({
      topic,
      messages: list.map(({ key, value, partition }): KafkaMessage => ({ key, value, partition })),
    }))
    return producer => producer.sendBatch({ acks: -1, topicMessages })
  })
}
