import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { loadFiles } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { percentilesOfCohorts } from '../../processors/growth/percentile-workers.ts'
import { GrowthRecompute } from '../../processors/growth/recompute-growth.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { SECRETS } from '../ingest/start-ingest.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

const MAPPING = fileURLToPath(new URL('../../infra/examples/egsingle/mapping.json', import.meta.url))
const NOW = Date.parse('2026-03-02T14:00:00.000Z')
const MINUTE_MS = 60_000
let folder: string
let log: EventLog & LogAdmin
let warehouse: Warehouse

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-growth-'))
  warehouse = await freshWarehouse()
  const config = readConfig({}, { data: folder, district: warehouse.database })
  log = await openLog(config)
  await log.createTopics()
  await loadFiles([MAPPING], { log, config, secrets: SECRETS, clock: () => NOW })
  const processor = await startProcessor({
    log,
    warehouse,
    config,
    onError: error => {
      throw error
    },
  })
  await until(() => isCaughtUp(log, warehouse), 'everything loaded is stored', MINUTE_MS, 50)
  await processor.stop()
  const t = performance.now()
  console.log(
    await new GrowthRecompute(warehouse, { district: 'd' }, cohorts =>
      percentilesOfCohorts(cohorts, { keepAll: true }),
    ).run(),
    performance.now() - t,
  )
}, 2 * MINUTE_MS)
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

test('x', async () => {
  const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, warehouse.database)
  const sgp = await warehouse.query<{ id: string; value: number; prior: number; band: number }>(
    `select lower(hex(student_id)) as id, value, prior, band from student_growth final where window = '2023-2024 spring' and priors = 2`,
  )
  const by = new Map(sgp.map(row => [row.id, row]))
  console.log(sgp.length, sgp.reduce((s, r) => s + r.value, 0) / sgp.length)
  for (const child of [101480302, 173559292, 174743401, 174755092, 179986251, 179989511, 179996481, 179997101])
    console.log(child, by.get(pseudonymise('egsingle', String(child))))
  console.log(
    await warehouse.query(
      `select window, status, reason, count() as n, avg(value) as m from student_growth final group by window, status, reason order by window`,
    ),
  )
  console.log(
    await warehouse.query(
      `select indicator, window, n, status, as_of, length(model) as l from growth_models final order by window`,
    ),
  )
  console.log(
    await warehouse.query(
      `select * from indicators final where unit_type = 'district' and period = '2023-2024 spring'`,
    ),
  )
  console.log(
    await warehouse.query(
      `select unit_type, indicator, period, count() as n, avg(value) as v from indicators final group by unit_type, indicator, period order by unit_type, indicator, period`,
    ),
  )
})
test('y', async () => {
  console.log(await warehouse.query(`select * from indicators final where indicator in ('growth_rate','school_growth') and unit_id in ('d', '2020', '2040')`))
  console.log(await warehouse.query(`select status, reason, count() n, avg(slope) from student_trajectories final group by status, reason`))
})
