import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { storedRecords } from '../../infra/warehouse/record-index.ts'
import { KnownRecords } from '../../ingest/load/known-records.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { ID_WORDS, writeId } from '../../ingest/record-words.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const MAPPING = {
  source: 'tutoring',
  interactions: [
    {
      files: ['sessions.csv'],
      time: { text: '{ended}' },
      kind: 'met',
      minutes: '{minutes}',
      participants: [{ id: '{student}', idType: 'sourcedId', role: 'student' }],
      naturalKey: ['{id}'],
    },
  ],
}
const row = (i: number, minutes = 10): string => `${i},2026-02-02T09:15:00-05:00,${minutes},s-${i % 7}\n`
const HEADER = 'id,ended,minutes,student\n'

test('what the processors have stored is a duplicate, another content of it a contradiction, the rest is stored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-known-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const warehouse = await freshWarehouse()
  const config = readConfig({}, { data: folder, district: warehouse.database })
  const log = await openLog(config)
  closing.push(() => log.close())
  await log.createTopics()
  const onError = (error: unknown): void => expect.unreachable(String(error))
  const processor = await startProcessor({ log, warehouse, config, onError, clock: () => new Date(NOW) })
  closing.push(() => processor.stop())
  const load = async (rows: string) => {
    await writeFile(join(folder, 'mapping.json'), JSON.stringify(MAPPING))
    await writeFile(join(folder, 'sessions.csv'), HEADER + rows)
    const deps = { log, config, secrets: SECRETS, clock: () => NOW, stored: storedRecords(warehouse) }
    const { read, stored, duplicate, dead } = await loadFiles([join(folder, 'mapping.json')], deps)
    await until(() => isCaughtUp(log, warehouse), 'everything loaded is in the figures')
    return { read, stored, duplicate, dead }
  }
  const rows = Array.from({ length: 100 }, (_, i) => row(i))
  expect(await load(rows.join(''))).toEqual({ read: 100, stored: 100, duplicate: 0, dead: 0 })
  const grown = [...rows.slice(1), row(0, 20), row(100), row(100)]
  expect(await load(grown.join(''))).toEqual({ read: 102, stored: 1, duplicate: 100, dead: 1 })
  expect(processor.stats()).toMatchObject({ stored: 101, duplicates: 0, conflicts: 1 })
})

test('of 300,000 records every one that is stored or was seen before is known, and no other', async () => {
  const made = Array.from({ length: 300_000 }, (_, i) => {
    const hash = createHash('sha256').update(String(i)).digest('hex').slice(0, 16)
    return { id: uuid5(String(i)), hash }
  })
  const stored = new Map(made.filter((_, i) => i % 3 === 0).map(({ id, hash }) => [id, hash]))
  let asked = 0
  const known = new KnownRecords({
    count: () => Promise.resolve(stored.size),
    ids: async function* () {
      const words = new Uint32Array(stored.size * ID_WORDS)
      let at = 0
      for (const id of stored.keys()) writeId(id, words, at++ * ID_WORDS)
      yield words
    },
    hashes: ids => {
      asked += ids.length
      return Promise.resolve(new Map(ids.flatMap(id => (stored.has(id) ? [[id, stored.get(id)!]] : []))))
    },
  })
  const verdicts: string[] = []
  for (let at = 0; at < made.length; at += 10_000) verdicts.push(...(await known.judge(made.slice(at, at + 10_000))))
  expect(verdicts.every((verdict, i) => verdict === (i % 3 === 0 ? 'same' : 'new'))).toBe(true)
  // After the first 100,000 only what may be stored is asked for.
  expect(asked).toBeLessThan(100_000 + 200_000 / 3 + 10)
  expect(await known.judge([made[1]!, { ...made[2]!, hash: '0123456789abcdef' }])).toEqual(['same', 'other'])
})
