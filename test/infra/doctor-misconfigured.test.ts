import { beforeEach, describe, expect, test } from 'vitest'
import { readSignIn } from '../../dashboards/sign-in/sign-in-settings.ts'
import { createAccount } from '../../infra/accounts.ts'
import { dataFaults } from '../../infra/commands/doctor-data.ts'
import { brokerFaults, type StoredTopic } from '../../infra/commands/doctor-kafka.ts'
import { misconfigurations, processorFaults } from '../../infra/commands/doctor-misconfigured.ts'
import { machineFaults, machineOf, settingFaults, type Machine } from '../../infra/commands/doctor-settings.ts'
import { readConfig, type Config } from '../../infra/config.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { TOPICS, type Topic } from '../../infra/log/topics.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { aRuntime, type ARuntime } from './a-runtime.ts'

type Fault = { what: string; sentence: string }
const whats = (faults: readonly Fault[]): string[] => faults.map(({ what }) => what)

/** Everything that a real one has: nothing is found. */
const REAL: Partial<Config> = {
  data: '/srv/homeroom',
  secretsFile: '/etc/homeroom/secrets.json',
  kafka: ['k1:9093', 'k2:9093'],
  kafkaSecurity: '{"tls":{}}',
  clickhouse: 'https://homeroom:secret@warehouse:8443',
  host: '0.0.0.0',
}
const SIGN_IN = {
  issuer: 'https://login.example.org',
  clientId: 'homeroom',
  publicUrl: 'https://homeroom.example.org',
  roles: { claim: 'groups', values: { a: 'analyst', o: 'operator' } },
  proxies: ['10.0.0.1'],
}
const MACHINE: Machine = {
  fileSystem: 0xef53,
  freeBytes: 500e9,
  totalBytes: 1000e9,
  secretsMode: 0o600,
  openFiles: 65_536,
  memoryBytes: 8e9,
}
const configOf = (changes: Partial<Config>): Config => readConfig({}, { ...REAL, ...changes })

describe('the machine', () => {
  test('a machine that has what is needed is not spoken of, and neither is a trial on one machine', () => {
    expect(machineFaults(configOf({}), MACHINE)).toEqual([])
    const trial = readConfig({}, { data: '/home/jo/data', secretsFile: '/home/jo/data/secrets.json' })
    expect(machineFaults(trial, MACHINE)).toEqual([])
    expect(settingFaults(trial, null)).toEqual([])
  })

  test.each<[string, Partial<Machine>, Partial<Config>, RegExp]>([
    ['secrets that everybody reads', { secretsMode: 0o644 }, {}, /chmod 600 \/etc\/homeroom\/secrets.json/],
    ['keys beside the data', {}, { secretsFile: '/srv/homeroom/secrets.json' }, /HOMEROOM_SECRETS/],
    ['data on a network file system', { fileSystem: 0x6969 }, {}, /NFS/],
    ['little room on the disk', { freeBytes: 1e9 }, {}, /1\.0 GB left of 1000/],
    ['little room on the disk', { freeBytes: 19e9 }, {}, /19\.0 GB left/],
    ['few open files', { openFiles: 1024 }, {}, /LimitNOFILE/],
    ['little memory', { memoryBytes: 1e9 }, { kafka: null, clickhouse: null }, /needs 2 with the embedded warehouse/],
  ])('%s: found, with the mend', (what, machine, config, mend) => {
    const found = machineFaults(configOf(config), { ...MACHINE, ...machine })
    expect(whats(found)).toEqual([what])
    expect(found[0]!.sentence).toMatch(mend)
  })
})

describe('the settings', () => {
  const signInOf = (changes: object) => readSignIn(JSON.stringify({ ...SIGN_IN, ...changes }))

  test('settings of a real one are not spoken of', () => {
    expect(settingFaults(configOf({}), signInOf({}))).toEqual([])
  })

  test.each<[string, Partial<Config>, object, RegExp]>([
    ['warehouse over an open line', { clickhouse: 'http://h:s@warehouse:8123' }, {}, /use https/],
    ['warehouse without a user of its own', { clickhouse: 'https://default:s@warehouse:8443' }, {}, /the user default/],
    ['warehouse without a user of its own', { clickhouse: 'https://h@warehouse:8443' }, {}, /no password/],
    ['log over an open line', { kafkaSecurity: null }, {}, /HOMEROOM_KAFKA_SECURITY/],
    ['one broker', { kafka: ['k1:9093'] }, {}, /two or three/],
    ['cluster with an embedded warehouse', { clickhouse: null }, {}, /Name the server/],
    ['address that only this machine has', {}, { publicUrl: 'http://localhost:8080' }, /publicUrl/],
    ['proxy that nobody believes', {}, { proxies: [] }, /proxies/],
    [
      'role that nobody has',
      {},
      { roles: { claim: 'groups', values: { p: 'principal', a: 'analyst' } } },
      /makes somebody operator/,
    ],
  ])('%s: found, with the mend', (what, config, signIn, mend) => {
    const found = settingFaults(configOf(config), signInOf(signIn))
    expect(whats(found)).toEqual([what])
    expect(found[0]!.sentence).toMatch(mend)
    expect(found[0]!.sentence).not.toContain('secret')
  })
})

describe('the brokers', () => {
  const topic = (name: Topic, changes: Partial<StoredTopic> = {}): StoredTopic => ({
    topic: name,
    partitions: TOPICS[name].partitions,
    replicas: 3,
    ...changes,
    settings: {
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'min.insync.replicas': '2',
      'cleanup.policy': TOPICS[name].compacted ? 'compact' : 'delete',
      ...changes.settings,
    },
  })

  test.each<[string, StoredTopic]>([
    ['topics that forget', topic('records', { settings: { 'retention.ms': '604800000' } })],
    ['topics that are not compacted', topic('identities', { settings: { 'cleanup.policy': 'delete' } })],
    ['topics on one broker', topic('records', { replicas: 2 })],
    ['acknowledged by one broker', topic('records', { settings: { 'min.insync.replicas': '1' } })],
    ['other partitions than ours', topic('records', { partitions: 12 })],
  ])('%s: found, with the mend', (what, stored) => {
    const found = brokerFaults({ brokers: 3, topics: [topic('rosters'), topic('identities', {}), stored] })
    expect(whats(found)).toEqual([what])
    expect(found[0]!.sentence).toMatch(new RegExp(`^${stored.topic}: .*(Set|Raise|Make) `))
  })
})

describe('the processors', () => {
  const logAt = (...committed: number[]): EventLog & LogAdmin => {
    let asked = 0
    const positions = async (of: Topic) => {
      if (of !== 'records') return []
      return [{ topic: of, partition: 0, committed: committed[asked++]!, end: 10 }]
    }
    return { positions } as unknown as EventLog & LogAdmin
  }

  test('what waits and is not taken is found; what is taken meanwhile, and what does not wait, is not', async () => {
    expect(whats(await processorFaults({ log: logAt(4, 4) }, 1))).toEqual(['nobody processes'])
    expect(await processorFaults({ log: logAt(4, 7) }, 1)).toEqual([])
    expect(await processorFaults({ log: logAt(10) }, 1)).toEqual([])
  })
})

describe('the data', () => {
  const emptied = emptiedWarehouse()
  let warehouse: Warehouse
  const config = readConfig({}, { timeZone: 'America/New_York' })
  const NOW = new Date()
  const day = (ago: number): string => new Date(NOW.getTime() - ago * 86_400_000).toISOString().slice(0, 10)
  const at = (ago: number): string => new Date(NOW.getTime() - ago * 86_400_000).toISOString()
  const monday = (ago: number): string => {
    const date = new Date(NOW.getTime() - ago * 86_400_000)
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7))
    return date.toISOString().slice(0, 10)
  }
  const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const event = (n: number, changes: object = {}) => ({
    record_id: ID(n),
    week: '2026-03-02',
    local_day: '2026-03-02',
    occurred_at: '2026-03-02T15:00:00.000Z',
    source: 'lms',
    is_actor: true,
    ...changes,
  })
  const look = async (settings: Partial<Config> = {}): Promise<Fault[]> =>
    dataFaults({ warehouse, config: { ...config, ...settings } })
  const looked = async (): Promise<string[]> => whats(await look())

  beforeEach(async () => {
    warehouse = await emptied()
    await createAccount(warehouse, { id: 'lms', kind: 'source', role: 'xapi' })
    await createAccount(warehouse, { id: 'jo', kind: 'person', role: 'analyst' })
  })

  test('of a Homeroom that has only begun nothing is said but who is missing', async () => {
    expect(await looked()).toEqual([])
    await warehouse.command('truncate table {identity:Identifier}.accounts')
    expect(await looked()).toEqual(['nobody may send', 'nobody may read'])
    expect(whats(await look({ signIn: '{}' }))).toEqual(['nobody may send'])
  })

  test('days by another time zone than the one that is set', async () => {
    await warehouse.insert('events', [event(1), event(2, { occurred_at: '2026-03-03T04:30:00.000Z' })])
    expect(await looked()).toEqual([])
    const [found] = await look({ timeZone: 'Asia/Tokyo' })
    expect(found).toMatchObject({
      what: 'another time zone',
      sentence: expect.stringMatching(/^2 of .*Asia\/Tokyo/) as string,
    })
  })

  test('a source whose clock is wrong', async () => {
    const good = Array.from({ length: 90 }, (_, n) => event(n))
    await warehouse.insert('events', good)
    expect(await looked()).toEqual([])
    await warehouse.insert(
      'events',
      Array.from({ length: 10 }, (_, n) => event(100 + n, { week: '1970-01-01' })),
    )
    expect((await look())[0]).toMatchObject({
      what: 'a clock of a source is wrong',
      sentence: expect.stringMatching(/^10 of 100 records of lms/) as string,
    })
  })

  test('records without a roster, and a roster of last year', async () => {
    await warehouse.insert('record_index', [{ record_id: ID(1), source: 'lms', stored_at: at(0) }])
    expect(await looked()).toEqual(['no roster'])
    await warehouse.insert('schools', [{ school_id: 'lincoln' }])
    expect(await looked()).toEqual([])
    await warehouse.insert('enrolments', [{ enrolment_id: 'e1', end_day: day(30) }])
    expect(await looked()).toEqual(['nobody is enrolled today'])
    await warehouse.insert('enrolments', [{ enrolment_id: 'e2', end_day: '2299-12-31' }])
    expect(await looked()).toEqual([])
  })

  test('weeks without a calendar, and without a snapshot', async () => {
    await warehouse.insert('student_week', [{ week: monday(60) }])
    expect(await looked()).toEqual(['no calendar'])
    await warehouse.insert('calendar', [{ day: day(60), school_day: false }])
    expect(await looked()).toEqual([])
    await warehouse.insert('indicators', [{ week: monday(60), indicator: 'active_days' }])
    expect(await looked()).toEqual(['nothing is published'])
    await warehouse.insert('snapshots', [{ snapshot: 1, published_at: at(30), complete: true }])
    expect(await looked()).toEqual([])
  })

  test('a snapshot that is old while records come in', async () => {
    await warehouse.insert('schools', [{ school_id: 'lincoln' }])
    await warehouse.insert('snapshots', [{ snapshot: 1, published_at: at(30), complete: true }])
    await warehouse.insert('record_index', [{ record_id: ID(1), source: 'lms', stored_at: at(29) }])
    expect(await looked()).toEqual([])
    await warehouse.insert('record_index', [{ record_id: ID(2), source: 'lms', stored_at: at(1) }])
    expect(await looked()).toEqual(['publishing has stopped'])
  })

  test('a source that sent on many days and is silent while others send', async () => {
    await createAccount(warehouse, { id: 'forum', kind: 'source', role: 'interactions' })
    await warehouse.insert('schools', [{ school_id: 'lincoln' }])
    const sent = (source: string, ago: number, n: number) => ({ record_id: ID(n), source, stored_at: at(ago) })
    await warehouse.insert(
      'record_index',
      Array.from({ length: 12 }, (_, n) => sent('forum', 20 + n, n)),
    )
    expect(await looked()).toEqual([])
    await warehouse.insert('record_index', [sent('lms', 1, 100)])
    expect((await look())[0]).toMatchObject({
      what: 'a source is silent',
      sentence: expect.stringMatching(/^forum has sent nothing/) as string,
    })
  })

  test('a clock that differs from that of the warehouse', async () => {
    expect(whats(await dataFaults({ warehouse, config }, () => new Date(Date.now() + 60_000)))).toEqual([
      'the clocks differ',
    ])
  })

  test('inserts that are acknowledged before they are on the disk: not those of the embedded engine', async () => {
    const settings = await warehouse.query<{ value: string }>(
      "select value from system.merge_tree_settings where name = 'fsync_after_insert'",
    )
    expect(settings).toEqual([{ value: '1' }])
    const other = {
      ...warehouse,
      query: async <T>(sql: string, ...rest: [Record<string, unknown>]) =>
        warehouse.query<T>(
          sql.replace("name = 'fsync_after_insert' and value = '0'", "name = 'fsync_after_insert' and value = '1'"),
          ...rest,
        ),
    } as Warehouse
    expect(whats(await dataFaults({ warehouse: other, config }))).toEqual(['inserts that may be lost'])
  })
})

test('on a real runtime every look comes to its end, and what cannot be looked at is said', async () => {
  const on: ARuntime = await aRuntime({ otlp: 'http://127.0.0.1:1', signIn: '/nowhere/sign-in.json' })
  const found = await misconfigurations(on.runtime, true)
  await on.close()
  expect(whats(found)).toContain('no collector')
  expect(found.find(({ what }) => what === 'settings')?.sentence).toMatch(
    /^settings could not be looked at: CONFIG_INVALID/,
  )
  const { secretsMode, openFiles, totalBytes } = machineOf({ data: '/tmp', secretsFile: '/etc/passwd' })
  expect(secretsMode & 0o400).toBe(0o400)
  expect(openFiles).toBeGreaterThan(100)
  expect(totalBytes).toBeGreaterThan(1e9)
})
