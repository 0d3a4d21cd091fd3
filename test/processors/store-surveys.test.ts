import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig, type Config } from '../../infra/config.ts'
import type { Entry, EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { forgetDerived } from '../../processors/replay.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { entriesOf } from '../helpers/figures.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { NOW, SECRETS } from '../ingest/start-ingest.ts'

const EXAMPLE = fileURLToPath(new URL('../../infra/examples/survey/mapping.json', import.meta.url))

let folder: string
let config: Config
let log: EventLog & LogAdmin
let warehouse: Warehouse
const failures: unknown[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-store-surveys-'))
  config = readConfig({}, { data: folder, district: 'district-7' })
  log = await openLog(config)
  await log.createTopics()
  warehouse = await freshWarehouse()
  await loadFiles([EXAMPLE], { log, config, secrets: SECRETS, clock: () => NOW })
})
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

/** Every row of the survey tables and views after everything in the log is processed, as text. */
async function processed(): Promise<string[]> {
  const processor = await startProcessor({ log, warehouse, config, onError: error => failures.push(error) })
  await until(() => isCaughtUp(log, warehouse), 'everything is stored', 60_000, 50)
  await processor.stop()
  const tables = await warehouse.query<{ name: string }>(
    "select name from system.tables where database = currentDatabase() and name like 'survey%' order by name",
  )
  const found: string[] = []
  for (const { name } of tables) {
    const final = name.endsWith('counted') || name === 'survey_items' ? '' : 'final'
    const columns = await warehouse.query<{ column: string }>(
      `select if(type = 'FixedString(32)', 'hex(\`' || name || '\`) as \`' || name || '\`', '\`' || name || '\`') as column
       from system.columns where database = currentDatabase() and table = {name:String} order by position`,
      { name },
    )
    const listed = columns.map(({ column }) => column).join(', ')
    const rows = await warehouse.query(`select ${listed} from ${name} ${final} order by all`)
    found.push(...rows.map(row => `${name} ${JSON.stringify(row)}`))
  }
  return found
}

const rowsOf = (rows: readonly string[], table: string): number =>
  rows.filter(row => row.startsWith(`${table} `)).length

test('a replay from empty tables, and every entry again in another order, give the same rows, bit by bit', async () => {
  const first = await processed()
  const counts = ['survey_instruments', 'survey_responses', 'survey_answers', 'survey_answers_counted'].map(table =>
    rowsOf(first, table),
  )
  // Four of Google Forms with five items each, two of Qualtrics (its preview is taken back), two of the long export.
  expect(counts).toEqual([1, 8, 4 * 5 + 3 * 5 + 6, 26])

  await forgetDerived(warehouse, log)
  expect(await processed()).toEqual(first)

  const entries: Entry[] = await entriesOf(log, 'surveys')
  await log.append('surveys', [...entries].reverse())
  expect(await processed()).toEqual(first)
  expect(failures).toEqual([])
}, 180_000)

test('an entry of a later version is a dead letter, and its neighbours are stored', async () => {
  const [known] = await entriesOf(log, 'surveys')
  const later = { ...(JSON.parse(known!.value!) as object), type: 'response', colour: 'red' }
  await log.append('surveys', [{ key: 'response|later', value: JSON.stringify(later) }])
  await processed()
  await processed()
  const dead = await warehouse.query('select code from dead_letters final')
  expect(dead).toEqual([{ code: 'RECORD_FROM_FUTURE' }])
})

test('every column of the survey tables says what it holds', async () => {
  const bare = await warehouse.query(
    `select table, name from system.columns
     where database = currentDatabase() and table like 'survey%' and comment = ''
       and table not in ('survey_items', 'survey_responses_counted', 'survey_answers_counted')`,
  )
  expect(bare).toEqual([])
})
