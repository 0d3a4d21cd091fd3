import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import type { Delivered } from '../../infra/log/event-log.ts'
import { LmdbLog } from '../../infra/log/lmdb-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { handlersOf } from '../../processors/handlers.ts'
import { isolating } from '../../processors/poison.ts'
import { isCaughtUp, type ProcessorStats } from '../../processors/run.ts'
import type { DeadLetter } from '../../schemas/dead-letter.ts'
import { DeadLetter as Letter } from '../../schemas/dead-letter.ts'
import { aPoison, faultyVocabulary } from '../helpers/poison.ts'
import { aRecord, ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'

const MINUTE_MS = 60_000
const DISTRICT = 'poisoned'
const NOW = new Date('2026-03-10T12:00:00Z')

let data: string
let warehouse: Warehouse
let log: LmdbLog
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'homeroom-poison-'))
  warehouse = await openWarehouse({ data, district: DISTRICT, clickhouse: null })
  await migrate(warehouse)
  log = new LmdbLog({
    path: join(data, 'log'),
    district: DISTRICT,
    onError: error => {
      throw error
    },
  })
  await log.createTopics()
}, MINUTE_MS)
afterAll(async () => {
  await log.close()
  await warehouse.close()
  await rm(data, { recursive: true, force: true })
})

let uuids = 0
const newId = (): string => `6b7f0d3a-58c1-4c4e-9a55-${String(++uuids).padStart(12, '0')}`

let offset = 0
const delivered = (value: unknown): Delivered => ({
  key: 'k',
  value: typeof value === 'string' ? value : JSON.stringify(value),
  partition: 0,
  offset: offset++,
  index: 0,
})
const placeOf = ({ partition, offset: at, index }: Delivered): string => `${partition}/${at}/${index}`

const noStats = (): ProcessorStats =>
  ({ stored: 0, duplicates: 0, conflicts: 0, unreadable: 0, behind: false, lastBatchAt: 0 }) as ProcessorStats

/** The handler of records, of a processor in whose code some records meet a fault. */
function faulty(at: Warehouse = warehouse) {
  const vocabulary = faultyVocabulary(() => {
    throw new TypeError("Cannot read properties of undefined (reading 'kind')")
  })
  const config = { timeZone: ZONE, district: DISTRICT }
  const stats = noStats()
  const onError = (): void => undefined
  return { stats, ...handlersOf({ log, warehouse: at, config, vocabulary, onError, clock: () => NOW }, stats) }
}

/** Letters in the log from an offset on. */
async function lettersSince(seen: ReadonlySet<string>): Promise<DeadLetter[]> {
  const found: DeadLetter[] = []
  const { end } = (await log.positions('dead-letters', 'test'))[0]!
  let last = -1
  await log.rewind('dead-letters', 'test')
  const consumption = await log.consume({
    topic: 'dead-letters',
    group: 'test',
    handle: async batch => {
      last = batch.at(-1)!.offset
      found.push(...batch.map(entry => Letter.parse(JSON.parse(entry.value!))))
    },
  })
  await until(() => last >= end - 1, 'all dead letters were read')
  await consumption.stop()
  return found.filter(({ id }) => !seen.has(id))
}

test(
  'of any records with any of them poisonous, exactly these become dead letters, all others are stored once',
  { timeout: 3 * MINUTE_MS },
  async () => {
    const records = fc.array(fc.constantFrom('good', 'good', 'poison', 'future', 'garbage'), {
      minLength: 1,
      maxLength: 9,
    })
    await fc.assert(
      fc.asyncProperty(records, async kinds => {
        const before = new Set((await lettersSince(new Set())).map(({ id }) => id))
        const ids = kinds.map(newId)
        const batch = kinds.map((kind, i) => {
          if (kind === 'garbage') return delivered('{"id":')
          if (kind === 'poison') return delivered(aPoison(ids[i]!))
          return delivered(
            kind === 'good' ? aRecord({ id: ids[i]! }) : { ...aRecord({ id: ids[i]! }), kind: 'teleported' },
          )
        })
        const { records: handle, stats } = faulty()
        await handle(batch)
        // Delivered again, as after a crash before the commit.
        await handle(batch)
        const stored = await warehouse.query<{ id: string; n: number }>(
          `select toString(record_id) as id, toUInt32(count()) as n from events final where record_id in {ids:Array(UUID)} group by id order by id`,
          { ids },
        )
        expect(stored).toEqual(
          ids
            .filter((_, i) => kinds[i] === 'good')
            .map(id => ({ id, n: 1 }))
            .sort((a, b) => (a.id < b.id ? -1 : 1)),
        )
        expect(stats.stored).toBe(stored.length)
        const codes = new Map((await lettersSince(before)).map(({ place, code }) => [place, code]))
        expect(Object.fromEntries(codes)).toEqual(
          Object.fromEntries(
            kinds.flatMap((kind, i) =>
              kind === 'good'
                ? []
                : [[`records ${placeOf(batch[i]!)}`, kind === 'poison' ? 'RECORD_POISON' : 'RECORD_FROM_FUTURE']],
            ),
          ),
        )
      }),
      { numRuns: 6, seed: 20261123 },
    )
  },
)

test('a batch of any size is cut down to the entries that fail alone, each other is handled in the order of its partition', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }), async poisonous => {
      const batch = poisonous.map((_, i) => ({ key: 'k', value: String(i), partition: i % 3, offset: i, index: 0 }))
      const stored: number[] = []
      const buried: string[] = []
      const handle = async (entries: Delivered[]): Promise<void> => {
        if (entries.some(entry => poisonous[entry.offset])) throw new RangeError('Invalid time value')
        stored.push(...entries.map(entry => entry.offset))
      }
      const bury = async (letters: readonly DeadLetter[]): Promise<void> =>
        void buried.push(...letters.map(({ place }) => place))
      await isolating('records', handle, bury, null, () => NOW)(batch)
      expect(stored).toEqual(batch.flatMap(entry => (poisonous[entry.offset] ? [] : [entry.offset])))
      expect(buried).toEqual(batch.flatMap(entry => (poisonous[entry.offset] ? [`records ${placeOf(entry)}`] : [])))
    }),
    { numRuns: 100, seed: 20261123 },
  )
})

test('what a letter says names the place of the fault, and nothing of what was to be stored', async () => {
  const letters: DeadLetter[] = []
  const handle = async (): Promise<void> => {
    throw new TypeError('/processors/Zyxagiven:1 is not\n    at home (/processors/Zyxafamily:2)')
  }
  await isolating(
    'identities',
    handle,
    async more => void letters.push(...more),
    null,
    () => NOW,
  )([delivered('{}')])
  expect(letters).toHaveLength(1)
  expect(Letter.parse(letters[0]).reason).toMatch(
    /^RECORD_POISON: entry 0\/\d+\/0 of topic identities cannot be stored: storing it fails by TypeError/,
  )
  expect(JSON.stringify(letters)).not.toContain('Zyxa')
})

test('a dead letter that cannot be stored is told of and makes no other: its neighbours are stored', async () => {
  const before = new Set((await lettersSince(new Set())).map(({ id }) => id))
  const [kept, poison] = [newId(), newId()]
  const letter = (id: string): DeadLetter => ({
    id,
    source: 'log',
    door: 'processor',
    storedAt: NOW.toISOString(),
    place: `records ${id}`,
    code: 'RECORD_INVALID',
    reason: 'RECORD_INVALID: it is not one',
    original: '',
  })
  const refusing = new Proxy(warehouse, {
    get(target, name) {
      if (name === 'insert')
        return async (table: string, rows: { id?: string }[]) => {
          if (rows.some(({ id }) => id === poison)) throw new RangeError('Invalid time value')
          return target.insert(table, rows)
        }
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? (found.bind(target) as unknown) : found
    },
  })
  const told: unknown[] = []
  const stats = noStats()
  const config = { timeZone: ZONE, district: DISTRICT }
  const deps = {
    log,
    warehouse: refusing,
    config,
    onError: (error: unknown) => void told.push(error),
    clock: () => NOW,
  }
  await handlersOf(deps, stats)['dead-letters']([delivered(letter(poison)), delivered(letter(kept))])
  expect(await lettersSince(before)).toEqual([])
  expect(told).toMatchObject([{ code: 'RECORD_POISON' }])
  expect(stats.unreadable).toBe(1)
  const listed = await warehouse.query(
    'select toString(id) as letter from dead_letters final where id in {ids:Array(UUID)}',
    {
      ids: [kept, poison],
    },
  )
  expect(listed).toEqual([{ letter: kept }])
})

test("a fault that is not an entry's makes no dead letter: the batch stays, whatever else is wrong with it", async () => {
  const outside = [
    new HomeroomError('WAREHOUSE_UNAVAILABLE', 'nobody answers'),
    new HomeroomError('LOG_UNAVAILABLE', 'no broker'),
    new HomeroomError('STORE_UNAVAILABLE', 'disk full'),
    // Refused for a reason that lies in no value: no cause of ClickHouse's that says so.
    new HomeroomError('WAREHOUSE_REFUSED', 'table is missing'),
    Object.assign(new Error('no space left'), { code: 'ENOSPC' }),
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
  ]
  for (const fault of outside) {
    let tries = 0
    const bury = async (letters: readonly DeadLetter[]): Promise<void> => expect(letters).toEqual([])
    // The poison is found first, then the fault shows: nothing is known until all of the batch was gone through.
    const handle = async (entries: Delivered[]): Promise<void> => {
      tries++
      if (entries.length === 1 && entries[0]!.value === 'last') throw fault
      throw new TypeError('poison')
    }
    const batch = [delivered('first'), delivered('last')]
    await expect(isolating('records', handle, bury, null, () => NOW)(batch)).rejects.toBe(fault)
    expect(tries).toBe(3)
  }
})

test('an engine that is gone, and a table that is missing, make no dead letters', { timeout: MINUTE_MS }, async () => {
  const before = new Set((await lettersSince(new Set())).map(({ id }) => id))
  const impatient = await openWarehouse({ data, district: DISTRICT, clickhouse: null }, { patience_ms: 0 })
  const { records: handle } = faulty(impatient)
  const batch = [delivered(aRecord({ id: newId() })), delivered(aPoison(newId()))]
  await warehouse.command('rename table originals to originals_away')
  await expect(handle(batch)).rejects.toMatchObject({ code: 'WAREHOUSE_REFUSED' })
  await warehouse.command('rename table originals_away to originals')
  process.kill((await readLock(data))!.pid, 'SIGKILL')
  await expect(handle(batch)).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' })
  await impatient.close()
  expect(await lettersSince(before)).toEqual([])
  // Whoever started the engine starts it again; then only the poison goes.
  await faulty().records(batch)
  expect((await lettersSince(before)).map(({ place }) => place)).toEqual([`records ${placeOf(batch[1]!)}`])
})

test(
  'a record of which the process dies is found by its deaths; then all others are stored, and it is a dead letter',
  { timeout: 4 * MINUTE_MS },
  async () => {
    const good = Array.from({ length: 40 }, newId)
    const poison = newId()
    const ids = [...good.slice(0, 17), poison, ...good.slice(17)]
    await log.append(
      'records',
      ids.map(id => ({ key: id, value: JSON.stringify(id === poison ? aPoison(id) : aRecord({ id })) })),
    )
    let deaths = 0
    let running = true
    let child: ChildProcess | null = null
    const supervising = (async () => {
      while (running) {
        child = fork(new URL('./poison-child.ts', import.meta.url), [data, DISTRICT], {
          execArgv: [],
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        })
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
        if (running && signal === 'SIGKILL') deaths++
      }
    })()
    try {
      await until(() => isCaughtUp(log, warehouse), 'the processor goes on behind the poison', 3 * MINUTE_MS)
      const [stored] = await warehouse.query<{ n: number; poison: number }>(
        `select toUInt32(uniqExact(record_id)) as n, toUInt32(countIf(record_id = {poison:UUID})) as poison
       from events final where record_id in {ids:Array(UUID)}`,
        { ids, poison },
      )
      expect(stored).toEqual({ n: good.length, poison: 0 })
      const letters = await warehouse.query<{ code: string; reason: string }>(
        `select code, reason from dead_letters final where code = 'RECORD_POISON' and reason like '%dies of it%'`,
      )
      expect(letters).toHaveLength(1)
      // 41 at once, then a piece of 11 or fewer of one partition or more, then the one, three times.
      expect(deaths).toBeGreaterThanOrEqual(4)
      expect(deaths).toBeLessThanOrEqual(6)
    } finally {
      running = false
      child!.kill()
      await supervising
    }
  },
)
