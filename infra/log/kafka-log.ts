import type { Admin, Kafka } from 'kafkajs'
import { HomeroomError } from '../errors.ts'
import type { ConsumeOptions, Consumption, Entry, EventLog, Expired } from './event-log.ts'
import type { LogAdmin, Position, Retention } from './event-log.ts'
import { BRIEF, kafkaClient, PATIENT, retried, unavailable } from './kafka-client.ts'
import { startKafkaConsumer } from './kafka-consumer.ts'
import { openSender } from './kafka-producer.ts'
import type { KafkaSecurity } from './kafka-security.ts'
import type { Outgoing, Sender } from './kafka-producer.ts'
import { expiredInKafka, removeFromKafka } from './kafka-retention.ts'
import { createKafkaTopics } from './kafka-topics.ts'
import { closedError, runningError } from './log-errors.ts'
import { encodeMessage, packEntries, refuseIfCompacted } from './message.ts'
import type { Message, Packed } from './message.ts'
import { PROCESSORS_GROUP, TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

export type KafkaLogOptions = {
  brokers: string[]
  /** TLS, and who we are; default: neither. */
  security?: KafkaSecurity
  /** Prefix of topics and groups. */
  district: string
  /** Set when a topic is created. */
  retention?: Retention
  /** Told of trouble that no consumer's `onError` takes. */
  onError: (error: unknown) => void
}

const LIMITS = { entries: 50, bytes: 256 * 1024 }

/**
 * The log on Apache Kafka: acks from all in-sync replicas before an append resolves.
 * @throws HomeroomError LOG_UNAVAILABLE if no broker answers
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog & LogAdmin> {
  const log = new KafkaLog(options)
  await log.connect()
  return log
}

class KafkaLog implements EventLog, LogAdmin {
  readonly packing = LIMITS
  readonly #options: KafkaLogOptions
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #sender: Sender
  /** Topics that are known to exist. */
  readonly #existing = new Set<string>()
  readonly #running = new Set<Consumption>()
  #closing: Promise<void> | null = null

  constructor(options: KafkaLogOptions) {
    const { brokers, security, onError } = options
    const clientId = `homeroom-${options.district}`
    this.#options = options
    this.#kafka = kafkaClient({ brokers, clientId, security, retry: BRIEF }, onError)
    this.#admin = this.#kafka.admin()
    // An append waits for a broker to come back; everything else fails soon and is begun again.
    const patient = kafkaClient({ brokers, clientId, security, retry: PATIENT }, onError)
    this.#sender = openSender(patient, name => this.#refuseIfMissing(name))
  }

  connect(): Promise<void> {
    return asked(`no broker of ${this.#options.brokers.join(', ')} answers`, () => this.#admin.connect())
  }

  async append(topic: Topic, entries: readonly Entry[]): Promise<void> {
    this.#refuseIfClosed()
    if (entries.length === 0) return
    const now_ms = Date.now()
    const name = this.#nameOf(topic)
    const messages = packEntries(topic, entries, LIMITS)
    await this.#sender.send(messages.map(message => outgoing(name, message, TOPICS[topic].compacted, now_ms)))
  }

  async appendMessages(topic: Topic, messages: readonly Packed[]): Promise<void> {
    this.#refuseIfClosed()
    refuseIfCompacted(topic)
    if (messages.length === 0) return
    const name = this.#nameOf(topic)
    await this.#sender.send(
      messages.map(({ partition, buffer }) => ({
        topic: name,
        partition,
        key: null,
        value: buffer,
        bytes: buffer.length,
      })),
    )
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    this.#refuseIfClosed()
    const { topic, group, onError: report = this.#options.onError } = options
    const source = { kafka: this.#kafka, name: this.#nameOf(topic), groupId: this.#groupIdOf(topic, group), report }
    const consumer = startKafkaConsumer(source, options)
    this.#running.add(consumer)
    return { stop: () => consumer.stop().finally(() => this.#running.delete(consumer)) }
  }

  async positions(topic: Topic, group: string): Promise<Position[]> {
    this.#refuseIfClosed()
    const name = this.#nameOf(topic)
    const groupId = this.#groupIdOf(topic, group)
    const ask = () =>
      Promise.all([this.#admin.fetchTopicOffsets(name), this.#admin.fetchOffsets({ groupId, topics: [name] })])
    const [ends, [offsets]] = await asked(`positions of ${groupId}`, () => retried(ask))
    const committed = new Map(offsets?.partitions.map(p => [p.partition, Number(p.offset)]))
    return ends
      .map(({ partition, low, high }) => {
        // -1: nothing committed yet.
        const at = Math.max(Number(low), committed.get(partition) ?? -1)
        return { topic, partition, committed: at, end: Number(high) }
      })
      .sort((a, b) => a.partition - b.partition)
  }

  async createTopics(): Promise<{ created: Topic[] }> {
    this.#refuseIfClosed()
    const nameOf = (topic: Topic) => this.#nameOf(topic)
    return asked('creating topics (some may exist now; it can be repeated)', async () => {
      const existing = new Set(await retried(() => this.#admin.listTopics()))
      const created = (Object.keys(TOPICS) as Topic[]).filter(topic => !existing.has(nameOf(topic)))
      const { retention = {} } = this.#options
      if (created.length) await createKafkaTopics(this.#admin, created, { nameOf, retention })
      return { created }
    })
  }

  async rewind(topic: Topic, group: string): Promise<void> {
    this.#refuseIfClosed()
    const groupId = this.#groupIdOf(topic, group)
    try {
      await retried(
        () => this.#admin.deleteGroups([groupId]),
        8,
        error => groupError(error) !== undefined,
      )
    } catch (cause) {
      const type = groupError(cause)
      if (type === 'GROUP_ID_NOT_FOUND') return
      if (type === 'NON_EMPTY_GROUP') throw runningError(this.#nameOf(topic), group, `members of ${groupId}`)
      throw unavailable(`rewinding ${groupId}`, cause, 'Its offsets are as they were')
    }
  }

  async rewrite(): Promise<null> {
    return null
  }

  async expiredBefore(topic: Topic, before_ms: number): Promise<Expired> {
    if (TOPICS[topic].compacted) return { messages: 0, bytes: null, oldest_ms: null, newest_ms: null }
    const handled = await this.positions(topic, PROCESSORS_GROUP)
    const name = this.#nameOf(topic)
    return asked(`offsets of ${name}`, () => expiredInKafka(this.#admin, name, handled, before_ms))
  }

  async removeBefore(topic: Topic, before_ms: number): Promise<number> {
    if (TOPICS[topic].compacted) return 0
    const handled = await this.positions(topic, PROCESSORS_GROUP)
    const name = this.#nameOf(topic)
    return asked(`removing from ${name}`, () => removeFromKafka(this.#admin, name, handled, before_ms))
  }

  pendingBytes(): number {
    return this.#sender.pendingBytes()
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#running].map(consumption => consumption.stop()))
    await this.#sender.close()
    await this.#admin.disconnect()
  }

  async #refuseIfMissing(name: string): Promise<void> {
    if (this.#existing.has(name)) return
    for (const topic of await retried(() => this.#admin.listTopics())) this.#existing.add(topic)
    if (this.#existing.has(name)) return
    throw new HomeroomError('LOG_UNAVAILABLE', `Kafka has no topic ${name}. Nothing was stored; run homeroom migrate`)
  }

  #nameOf(topic: Topic): string {
    return `${this.#options.district}.${topic}`
  }

  #groupIdOf(topic: Topic, group: string): string {
    return `${this.#options.district}.${group}.${topic}`
  }

  #refuseIfClosed(): void {
    if (this.#closing) throw closedError()
  }
}

/** @throws HomeroomError LOG_UNAVAILABLE with the client's error as cause */
async function asked<T>(what: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (cause) {
    throw unavailable(what, cause, 'Nothing that was there is changed')
  }
}

function outgoing(topic: string, message: Message, compacted: boolean, now_ms: number): Outgoing {
  const { partition, bytes } = message
  if (!compacted) return { topic, partition, key: null, value: encodeMessage(message, now_ms), bytes }
  const { key, value } = message.entries[0]!
  return { topic, partition, key, value: value === null ? null : Buffer.from(value), bytes }
}

/** The protocol's name of what deleteGroups refused. */
function groupError(error: unknown): string | undefined {
  const { groups } = error as { groups?: { error?: { type?: string } }[] }
  return groups?.[0]?.error?.type
}
