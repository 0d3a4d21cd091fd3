import type { Admin, ITopicConfig } from 'kafkajs'
import { HomeroomError } from '../errors.ts'
import type { ConsumeOptions, Consumption, Entry, EventLog, LogAdmin, Position, Retention } from './event-log.ts'
import { BRIEF, brokersOf, kafkaClient, PATIENT, retried, unavailable } from './kafka-client.ts'
import { startKafkaConsumer } from './kafka-consumer.ts'
import { openSender } from './kafka-producer.ts'
import type { Outgoing } from './kafka-producer.ts'
import { closedError, runningError } from './log-errors.ts'
import { encodeMessage, packEntries } from './message.ts'
import type { Message } from './message.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

export type KafkaLogOptions = {
  brokers: string[]
  /** Prefix of topics and groups. */
  district: string
  /** Set when a topic is created. */
  retention?: Retention
  /** Told of trouble that no consumer's `onError` takes. */
  onError: (error: unknown) => void
}

const LIMITS = { entries: 50, bytes: 256 * 1024 }
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024
const DAY_MS = 24 * 3600 * 1000

/**
 * The log on Apache Kafka: acks from all in-sync replicas before an append resolves.
 * @throws HomeroomError LOG_UNAVAILABLE if no broker answers
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog & LogAdmin> {
  const { brokers, district, retention = {}, onError } = options
  const clientId = `homeroom-${district}`
  const kafka = kafkaClient({ brokers, clientId, retry: BRIEF }, onError)
  const patient = kafkaClient({ brokers, clientId, retry: PATIENT }, onError)
  const admin = kafka.admin()
  const nameOf = (topic: Topic) => `${district}.${topic}`
  const groupIdOf = (topic: Topic, group: string) => `${district}.${group}.${topic}`
  const known = new Set<string>()
  const sender = openSender(patient, topicExists)
  const running = new Set<Consumption>()
  let closing: Promise<void> | null = null

  await asked(`no broker of ${brokers.join(', ')} answers`, () => admin.connect())

  async function topicExists(name: string): Promise<void> {
    if (known.has(name)) return
    for (const topic of await retried(() => admin.listTopics())) known.add(topic)
    if (known.has(name)) return
    throw new HomeroomError('LOG_UNAVAILABLE', `Kafka has no topic ${name}. Nothing was stored; run homeroom migrate`)
  }

  async function append(topic: Topic, entries: readonly Entry[]): Promise<void> {
    throwIfClosed()
    if (entries.length === 0) return
    const now_ms = Date.now()
    const { compacted } = TOPICS[topic]
    const messages = packEntries(topic, entries, LIMITS)
    await sender.send(messages.map(message => outgoing(nameOf(topic), message, compacted, now_ms)))
  }

  async function consume(options: ConsumeOptions): Promise<Consumption> {
    throwIfClosed()
    const { topic, group } = options
    const source = { kafka, name: nameOf(topic), groupId: groupIdOf(topic, group), report: options.onError ?? onError }
    const consumer = startKafkaConsumer(source, options)
    const consumption = { stop: () => consumer.stop().finally(() => running.delete(consumption)) }
    running.add(consumption)
    return consumption
  }

  async function positions(topic: Topic, group: string): Promise<Position[]> {
    throwIfClosed()
    const [ends, [offsets]] = await asked(`positions of ${group} in ${nameOf(topic)}`, () =>
      retried(() =>
        Promise.all([
          admin.fetchTopicOffsets(nameOf(topic)),
          admin.fetchOffsets({ groupId: groupIdOf(topic, group), topics: [nameOf(topic)] }),
        ]),
      ),
    )
    const committed = new Map(offsets?.partitions.map(p => [p.partition, Number(p.offset)]))
    return ends
      .map(({ partition, low, high }) => {
        // -1: nothing committed yet.
        const at = Math.max(Number(low), committed.get(partition) ?? -1)
        return { topic, partition, committed: at, end: Number(high) }
      })
      .sort((a, b) => a.partition - b.partition)
  }

  async function createTopics(): Promise<{ created: Topic[] }> {
    throwIfClosed()
    return asked('creating topics', async () => {
      const existing = new Set(await retried(() => admin.listTopics()))
      const created = (Object.keys(TOPICS) as Topic[]).filter(topic => !existing.has(nameOf(topic)))
      if (created.length) await create(admin, created, nameOf, retention)
      return { created }
    })
  }

  async function rewind(topic: Topic, group: string): Promise<void> {
    throwIfClosed()
    const groupId = groupIdOf(topic, group)
    try {
      await retried(
        () => admin.deleteGroups([groupId]),
        8,
        error => groupError(error) !== undefined,
      )
    } catch (cause) {
      const type = groupError(cause)
      if (type === 'GROUP_ID_NOT_FOUND') return
      if (type === 'NON_EMPTY_GROUP') throw runningError(nameOf(topic), group, `members of ${groupId}`)
      throw unavailable(`rewinding ${groupId}`, cause, 'Its offsets are as they were')
    }
  }

  async function close(): Promise<void> {
    await Promise.all([...running].map(consumption => consumption.stop()))
    await sender.close()
    await admin.disconnect()
  }

  function throwIfClosed(): void {
    if (closing) throw closedError()
  }

  return {
    append,
    consume,
    positions,
    createTopics,
    rewind,
    pendingBytes: sender.pendingBytes,
    close: () => (closing ??= close()),
  }
}

/** @throws HomeroomError LOG_UNAVAILABLE with the client's error as cause */
async function asked<T>(what: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (cause) {
    throw unavailable(what, cause, 'Nothing was changed')
  }
}

function outgoing(topic: string, message: Message, compacted: boolean, now_ms: number): Outgoing {
  const { partition, bytes } = message
  if (!compacted) return { topic, partition, key: null, value: encodeMessage(message, now_ms), bytes }
  const { key, value } = message.entries[0]!
  return { topic, partition, key, value: value === null ? null : Buffer.from(value), bytes }
}

async function create(
  admin: Admin,
  created: readonly Topic[],
  nameOf: (topic: Topic) => string,
  retention: Retention,
): Promise<void> {
  const replicationFactor = Math.min(3, await brokersOf(admin))
  const topics = created.map((topic): ITopicConfig => ({
    topic: nameOf(topic),
    numPartitions: TOPICS[topic].partitions,
    replicationFactor,
    configEntries: Object.entries(settingsOf(topic, replicationFactor, retention)).map(([name, value]) => ({
      name,
      value: String(value),
    })),
  }))
  await admin.createTopics({ topics, waitForLeaders: true })
}

function settingsOf(topic: Topic, replicas: number, retention: Retention): Record<string, string | number> {
  const { partitions, compacted } = TOPICS[topic]
  const common = { 'max.message.bytes': MAX_MESSAGE_BYTES, 'min.insync.replicas': Math.max(1, replicas - 1) }
  if (compacted)
    return {
      ...common,
      'cleanup.policy': 'compact',
      // An erased value is gone from the disk a day later, whatever else is written …
      'max.compaction.lag.ms': DAY_MS,
      'segment.ms': DAY_MS,
      'min.cleanable.dirty.ratio': 0.1,
      // … but its tombstone stays, for a consumer that was away.
      'delete.retention.ms': 3650 * DAY_MS,
    }
  const { maxAge_ms, maxBytes } = retention[topic] ?? {}
  return {
    ...common,
    'cleanup.policy': 'delete',
    'retention.ms': maxAge_ms ?? -1,
    'retention.bytes': maxBytes === undefined ? -1 : Math.ceil(maxBytes / partitions),
  }
}

/** The protocol's name of what deleteGroups refused. */
function groupError(error: unknown): string | undefined {
  const groups = (error as { groups?: { error?: { type?: string } }[] }).groups
  return groups?.[0]?.error?.type
}
