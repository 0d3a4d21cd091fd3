import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lagOf } from '../../infra/log/event-log.ts'
import type { Delivered, EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { TOPICS } from '../../infra/log/topics.ts'
import { freePort } from '../helpers/kafka-broker.ts'
import { kafkaForTests } from '../helpers/kafka.ts'
import { until } from '../helpers/until.ts'

const kafka = await kafkaForTests()
const brokers = kafka.available ? kafka.brokers : []
/** Longer than a group waits for a member that shows no life. */
const SESSION_MS = 10_000

describe.skipIf(!kafka.available)('what only the log on Kafka has', () => {
  let admin: Admin
  let district: string
  let log: EventLog & LogAdmin
  let count = 0
  const opened: EventLog[] = []

  async function open(retention = {}): Promise<EventLog & LogAdmin> {
    const next = await openLog({ data: '', district, kafka: brokers }, { retention, onError: () => {} })
    opened.push(next)
    return next
  }

  beforeAll(async () => {
    admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
  })
  afterAll(() => admin.disconnect())
  beforeEach(async () => {
    district = `kafka_${process.pid}_${count++}`
    log = await open()
  })
  afterEach(async () => void (await Promise.all(opened.splice(0).map(each => each.close()))))

  async function settingsOf(topic: string): Promise<Record<string, string>> {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: `${district}.${topic}` }],
    })
    return Object.fromEntries(resources[0]!.configEntries.map(e => [e.configName, e.configValue]))
  }

  const groupState = async (group: string) => (await admin.describeGroups([group])).groups[0]!.state

  test('every topic is created with its partitions, compaction, retention and size', async () => {
    const { created } = await log.createTopics()
    expect(created).toEqual(Object.keys(TOPICS))
    const { topics } = await admin.fetchTopicMetadata({ topics: created.map(topic => `${district}.${topic}`) })
    const partitions = Object.fromEntries(topics.map(t => [t.name.split('.')[1], t.partitions.length]))
    expect(partitions).toEqual(Object.fromEntries(Object.entries(TOPICS).map(([topic, t]) => [topic, t.partitions])))
    expect(await settingsOf('records')).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'max.message.bytes': '10485760',
      'min.insync.replicas': '1',
    })
    expect(await settingsOf('identities')).toMatchObject({
      'cleanup.policy': 'compact',
      'max.compaction.lag.ms': '86400000',
      'delete.retention.ms': '315360000000',
    })
  })

  test('retention is set on the topic, its bytes shared among the partitions', async () => {
    const limited = await open({ records: { maxAge_ms: 3_600_000, maxBytes: 1_000_001 }, identities: { maxAge_ms: 1 } })
    await limited.createTopics()
    expect(await settingsOf('records')).toMatchObject({ 'retention.ms': '3600000', 'retention.bytes': '250001' })
    expect(await settingsOf('identities')).toMatchObject({ 'cleanup.policy': 'compact' })
  })

  test('an append to a topic that was not created is refused with the next step, and creates nothing', async () => {
    await expect(log.append('records', [{ key: 'ada', value: '1' }])).rejects.toThrow(
      `Kafka has no topic ${district}.records. Nothing was stored; run homeroom migrate`,
    )
    expect(await admin.listTopics()).not.toContain(`${district}.records`)
    await log.createTopics()
    await log.append('records', [{ key: 'ada', value: '1' }])
  })

  test('no broker is an error that names the address', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    await expect(openLog({ data: '', district, kafka: [nobody] }, { onError: () => {} })).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining(`no broker of ${nobody} answers`) as string,
    })
  })

  test('entries of one append share messages, fifty at most', async () => {
    await log.createTopics()
    await log.append(
      'dead-letters',
      Array.from({ length: 120 }, (_, i) => ({ key: `${i}`, value: `${i}` })),
    )
    expect(await log.positions('dead-letters', 'store')).toMatchObject([{ committed: 0, end: 3 }])
  })

  test('a member that joins waits for the running handler: nothing is delivered twice', async () => {
    await log.createTopics()
    await log.append('records', keyed(0, 50))
    const entered = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const first: Delivered[] = []
    await log.consume({
      topic: 'records',
      group: 'store',
      handle: async batch => {
        first.push(...batch)
        entered.resolve()
        await release.promise
      },
    })
    await entered.promise
    const second: Delivered[] = []
    const other = await open()
    await other.consume({ topic: 'records', group: 'store', handle: async batch => void second.push(...batch) })
    const groupId = `${district}.store.records`
    await until(async () => (await groupState(groupId)) === 'PreparingRebalance', 'the group rebalances')
    release.resolve()
    await until(async () => (await groupState(groupId)) === 'Stable', 'both have joined')
    await log.append('records', keyed(50, 100))
    await until(async () => lagOf(await log.positions('records', 'store')) === 0, 'all is handled')
    const values = [...first, ...second].map(e => e.value)
    expect(values).toHaveLength(100)
    expect(new Set(values).size).toBe(100)
    expect(second.length).toBeGreaterThan(0)
  })

  test('a handler that takes longer than a session keeps its partitions', async () => {
    await log.createTopics()
    await log.append('records', keyed(0, 10))
    const began = performance.now()
    const received: Delivered[] = []
    await log.consume({
      topic: 'records',
      group: 'store',
      handle: async batch => {
        received.push(...batch)
        await until(() => performance.now() > began + SESSION_MS + 1_000, 'a session has passed')
      },
    })
    await until(async () => lagOf(await log.positions('records', 'store')) === 0, 'all is handled')
    expect(received).toHaveLength(10)
  })
})

function keyed(from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, i) => ({ key: `key ${from + i}`, value: `value ${from + i}` }))
}
