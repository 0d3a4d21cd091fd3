import type { Admin, ITopicConfig } from 'kafkajs'
import type { Retention } from './event-log.ts'
import { retried } from './kafka-client.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

/** One a second after the first few. */
const LEADER_TRIES = 30
const DAY_MS = 24 * 3600 * 1000
/** Room for the largest entry (`MAX_ENTRY_BYTES`) and its frame. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024

/** Create the topics on as many brokers as there are, three at most, one of which may be away. */
export async function createKafkaTopics(
  admin: Admin,
  topics: readonly Topic[],
  { nameOf, retention }: { nameOf: (topic: Topic) => string; retention: Retention },
): Promise<void> {
  const { brokers } = await retried(() => admin.describeCluster())
  const replicationFactor = Math.min(3, brokers.length)
  const configs = topics.map((topic): ITopicConfig => ({
    topic: nameOf(topic),
    numPartitions: TOPICS[topic].partitions,
    replicationFactor,
    configEntries: Object.entries(settingsOf(topic, replicationFactor, retention)).map(([name, value]) => ({
      name,
      value: String(value),
    })),
  }))
  await admin.createTopics({ topics: configs, waitForLeaders: false })
  // Waited for here: the client's own waiting gives up where a busy broker does not know the new topic yet.
  await retried(() => haveLeaders(admin, topics.map(nameOf)), LEADER_TRIES)
}

/** @throws Error when a partition has no leader yet */
async function haveLeaders(admin: Admin, names: string[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: names })
  const waiting = topics.filter(t => t.partitions.length === 0 || t.partitions.some(p => p.leader < 0))
  if (waiting.length) throw new Error(`no leader yet: ${waiting.map(t => t.name).join(', ')}`)
}

function settingsOf(topic: Topic, replicas: number, retention: Retention): Record<string, string | number> {
  const { partitions, compacted } = TOPICS[topic]
  const common = { 'max.message.bytes': MAX_MESSAGE_BYTES, 'min.insync.replicas': Math.max(1, replicas - 1) }
  if (compacted)
    return {
      ...common,
      'cleanup.policy': 'compact',
      // An erased value is gone from the disk about a day later, whatever else is written …
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
