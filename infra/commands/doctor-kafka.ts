import type { Config } from '../config.ts'
import { BRIEF, kafkaClient, retried } from '../log/kafka-client.ts'
import { readKafkaSecurity } from '../log/kafka-security.ts'
import { TOPICS, type Topic } from '../log/topics.ts'
import type { Misconfiguration } from './doctor-settings.ts'

/** A topic of ours as the brokers have it. */
export type StoredTopic = { topic: Topic; partitions: number; replicas: number; settings: Record<string, string> }

const RESOURCE_TOPIC = 2

/** How the brokers hold our topics: somebody else may have made or changed them. Asks, and changes nothing. */
export async function lookAtBrokers(
  config: Pick<Config, 'kafka' | 'kafkaSecurity' | 'district'>,
): Promise<{ brokers: number; topics: StoredTopic[] } | null> {
  if (config.kafka === null) return null
  const security = readKafkaSecurity(config.kafkaSecurity)
  const admin = kafkaClient(
    { brokers: config.kafka, clientId: 'homeroom-doctor', retry: BRIEF, security },
    () => undefined,
  ).admin()
  await admin.connect()
  try {
    const names = new Map((Object.keys(TOPICS) as Topic[]).map(topic => [`${config.district}.${topic}`, topic]))
    const { brokers } = await retried(() => admin.describeCluster())
    const there = (await admin.listTopics()).filter(name => names.has(name))
    const { topics } = await admin.fetchTopicMetadata({ topics: there })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: there.map(name => ({ type: RESOURCE_TOPIC, name })),
    })
    const settings = new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    )
    return {
      brokers: brokers.length,
      topics: topics.map(({ name, partitions }) => ({
        topic: names.get(name)!,
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(partition => partition.replicas.length)),
        settings: settings.get(name) ?? {},
      })),
    }
  } finally {
    await admin.disconnect()
  }
}

/** What the brokers hold otherwise than Homeroom needs it. */
export function brokerFaults({
  brokers,
  topics,
}: {
  brokers: number
  topics: readonly StoredTopic[]
}): Misconfiguration[] {
  const found: Misconfiguration[] = []
  const say = (what: string, of: readonly StoredTopic[], sentence: string) => {
    if (of.length > 0) found.push({ what, sentence: `${of.map(({ topic }) => topic).join(', ')}: ${sentence}` })
  }
  const numberOf = ({ settings }: StoredTopic, name: string): number => Number(settings[name] ?? Number.NaN)
  say(
    'topics that forget',
    topics.filter(
      stored =>
        !TOPICS[stored.topic].compacted &&
        [numberOf(stored, 'retention.ms'), numberOf(stored, 'retention.bytes')].some(kept => kept > 0),
    ),
    'the brokers drop old messages, and homeroom replay can bring back only what they keep. Set retention.ms=-1 and retention.bytes=-1, unless a backup holds the rest',
  )
  say(
    'topics that are not compacted',
    topics.filter(
      ({ topic, settings }) =>
        TOPICS[topic].compacted && !(settings['cleanup.policy'] ?? 'compact').includes('compact'),
    ),
    'an erased person stays in them. Set cleanup.policy=compact',
  )
  say(
    'topics on one broker',
    topics.filter(({ replicas }) => replicas < Math.min(3, brokers)),
    `fewer copies than the ${brokers} brokers could keep: with one disk the facts are gone. Raise the replication factor to ${Math.min(3, brokers)} (kafka-reassign-partitions.sh)`,
  )
  say(
    'acknowledged by one broker',
    topics.filter(stored => stored.replicas > 1 && numberOf(stored, 'min.insync.replicas') < 2),
    'an append counts as durable when one broker has it. Set min.insync.replicas=2',
  )
  say(
    'other partitions than ours',
    topics.filter(({ topic, partitions }) => partitions !== TOPICS[topic].partitions),
    'the partition of a person would change, and with it the order of what they did. Make the topic anew with the number of partitions of infra/log/topics.ts',
  )
  return found
}
