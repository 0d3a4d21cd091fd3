import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../infra/config.ts'
import { readiness } from '../../infra/commands/server.ts'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

let folder: string
let log: EventLog & LogAdmin
let warehouse: Warehouse

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-ready-'))
  warehouse = await freshWarehouse()
  log = await openLog(readConfig({}, { data: folder, district: 'ready' }))
  await log.createTopics()
})

afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

const gone: Warehouse['query'] = () => Promise.reject(new Error('connection refused'))

test('doors alone are ready while the warehouse is away; whoever shows or computes figures is not', async () => {
  const away = { log, warehouse: { ...warehouse, query: gone } }
  expect(await readiness(away, { ingest: true, dashboards: false })).toMatchObject({
    ready: true,
    log: 'ok',
    warehouse: expect.stringContaining('connection refused') as string,
  })
  for (const roles of [undefined, { ingest: false, dashboards: true }, { ingest: false, dashboards: false }])
    expect((await readiness(away, roles)).ready).toBe(false)
})

test('a database that a later Homeroom has migrated leaves the older processes ready, and says which files', async () => {
  expect(await readiness({ log, warehouse })).toMatchObject({ ready: true, migrations: 'ok' })
  await warehouse.command(
    "insert into migrations select * replace ('9999-later.sql' as name, 'abc' as checksum) from migrations limit 1",
  )
  expect(await readiness({ log, warehouse })).toMatchObject({ ready: true, newerMigrations: ['9999-later.sql'] })
})
