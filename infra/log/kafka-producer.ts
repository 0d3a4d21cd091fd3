import type { Kafka, Message as KafkaMessage, Producer, ProducerConfig } from 'kafkajs'
import { HomeroomError } from '../errors.ts'
import { openGroupQueue } from './group-queue.ts'
import { PATIENT, typeOf, unavailable } from './kafka-client.ts'
import { closedError } from './log-errors.ts'

/** A message ready to be sent: `value` null is a tombstone. */
export type Outgoing = { topic: string; partition: number; key: string | null; value: Buffer | null; bytes: number }

/** All sends of one process: one request at a time, each with everything that waits. */
export type Sender = {
  /**
   * Resolves when all in-sync replicas hold the messages.
   * @throws HomeroomError LOG_UNAVAILABLE if they may not; some of them may be stored all the same
   */
  send(messages: readonly Outgoing[]): Promise<void>
  /** Bytes of the messages that are not stored yet. */
  pendingBytes(): number
  /** Refuses further messages and resolves when those before are stored or rejected. */
  close(): Promise<void>
}

/** Of one request: larger ones are faster, but each is encoded in one go (1 MiB takes about 10 ms). */
const REQUEST_BYTES = 1024 * 1024
/** How long closing waits for a broker that is away. */
const CLOSE_MS = 15_000
const MAYBE = 'What was appended may not be stored'
/** After these the producer's sequence numbers can no longer be mended: only a new producer helps. */
const STUCK = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])

/** @param ready checked before a topic is sent to; what it throws rejects the append */
export function openSender(kafka: Kafka, ready: (topic: string) => Promise<void>): Sender {
  const connection = openConnection(kafka)
  let closed = false
  const queue = openGroupQueue<readonly Outgoing[], void>(REQUEST_BYTES, async group => {
    const messages = group.flat()
    try {
      for (const topic of new Set(messages.map(m => m.topic))) await ready(topic)
      for (const request of requestsOf(messages)) await connection.send(request)
      return group.map(() => ({ status: 'fulfilled', value: undefined }))
    } catch (cause) {
      const error = cause instanceof HomeroomError ? cause : unavailable('an append failed', cause, MAYBE)
      // What came after it is rejected too: sent now, it would overtake what the caller sends again.
      queue.rejectWaiting(error)
      throw error
    }
  })
  return {
    send(messages) {
      if (closed) return Promise.reject(closedError())
      const bytes = messages.reduce((sum, m) => sum + m.bytes, 0)
      return queue.add(messages, bytes)
    },
    pendingBytes: () => queue.pending(),
    async close() {
      closed = true
      const ended = queue.idle().then(() => connection.close())
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, CLOSE_MS)
      await Promise.race([ended, late.promise])
      clearTimeout(timer)
      queue.rejectWaiting(unavailable('closing', 'no broker answered in time', MAYBE))
    },
  }
}

type Request = { topic: string; messages: KafkaMessage[] }[]

/** A producer that is made when first needed, and again after it failed. */
function openConnection(kafka: Kafka): { send(request: Request): Promise<void>; close(): Promise<void> } {
  let producer: Promise<Producer> | null = null

  async function trySend(request: Request): Promise<void> {
    producer ??= connected(kafka)
    const connecting = producer
    try {
      await (await connecting).sendBatch({ acks: -1, topicMessages: request })
    } catch (error) {
      producer = null
      // Its failure to hang up adds nothing to the error that is thrown.
      await connecting.then(p => p.disconnect()).catch(() => undefined)
      throw error
    }
  }

  return {
    async send(request) {
      try {
        await trySend(request)
      } catch (error) {
        if (!STUCK.has(typeOf(error))) throw error
        await trySend(request)
      }
    },
    async close() {
      await (await producer)?.disconnect()
    },
  }
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

/** The messages as requests of bounded size, to be made one after the other: that keeps the order. */
function requestsOf(messages: readonly Outgoing[]): Request[] {
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
  return requests.map(request =>
    [...Map.groupBy(request, m => m.topic)].map(([topic, list]) => ({
      topic,
      messages: list.map(({ key, value, partition }) => ({ key, value, partition })),
    })),
  )
}
