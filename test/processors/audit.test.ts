import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventLog, LogAdmin } from '../../infra/log/event-log.ts'
import { openLog } from '../../infra/log/open-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { forgetDerived } from '../../processors/replay.ts'
import { plannedRemovals, remove, removeAgain } from '../../processors/retention.ts'
import { readPolicy } from '../../processors/retention-policy.ts'
import { isCaughtUp, startProcessor } from '../../processors/run.ts'
import { storeAudit } from '../../processors/store-audit.ts'
import type { AuditEntry } from '../../schemas/audit.ts'
import { ZONE } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
let log: EventLog & LogAdmin
let folder: string

beforeEach(async () => {
  warehouse = await emptied()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-audit-'))
  log = await openLog({ data: folder, district: 'watched', kafka: null })
  await log.createTopics()
})
afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

/** As `tellAudit` appends it. */
const append = (entry: AuditEntry): Promise<void> =>
  log.append('audit', [{ key: entry.id, value: JSON.stringify(entry) }])

const anEntry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  id: randomUUID(),
  at: '2026-03-20T12:00:00.123Z',
  account: 'login.example.org|ada',
  role: 'adviser',
  action: 'saw',
  route: 'GET /schools/:id',
  units: ['advisory:hr-1', `student:${'a'.repeat(64)}`],
  code: '',
  detail: '',
  address: '',
  ...more,
})

async function processed(): Promise<void> {
  const processor = await startProcessor({
    log,
    warehouse,
    config: { timeZone: ZONE, district: 'watched' },
    onError: error => {
      throw error
    },
  })
  await until(() => isCaughtUp(log, warehouse), 'everything is stored')
  await processor.stop()
}

const stored = () =>
  warehouse.query(
    'select toString(id) as id, toString(at) as at, account_id, role, action, route, units, code from audit final order by at, id',
  )

test('what was told to the audit is a row, whole; told twice, and replayed, it is one', async () => {
  const entry = anEntry()
  await append(entry)
  await append(entry)
  await processed()
  const { id, role, action, route, units, code } = entry
  const row = { id, at: '2026-03-20 12:00:00.123', account_id: entry.account, role, action, route, units, code }
  expect(await stored()).toEqual([row])
  await forgetDerived(warehouse, log)
  expect(await stored()).toEqual([])
  await processed()
  expect(await stored()).toEqual([row])
})

test('a line that cannot be read is a dead letter, and its neighbours are stored', async () => {
  await log.append('audit', [{ key: 'x', value: JSON.stringify({ ...anEntry(), action: 'danced' }) }])
  await append(anEntry())
  await processed()
  expect(await stored()).toHaveLength(1)
  await until(
    async () => (await warehouse.query('select id from dead_letters final')).length === 1,
    'the dead letter is stored',
  )
})

test('the audit is kept as long as the policy says, and a replay brings none of it back', async () => {
  const now = new Date('2026-11-22T08:00:00.000Z')
  await storeAudit(warehouse, [anEntry({ at: '2020-05-05T12:00:00.000Z' }), anEntry()])
  expect(await plannedRemovals({ warehouse, log }, readPolicy('{"events":"1 year"}'), now)).toEqual([])
  const policy = readPolicy('{"audit":"5 years"}')
  const removals = await plannedRemovals({ warehouse, log }, policy, now)
  expect(removals).toMatchObject([{ name: 'audit', from: 'audit', month: 202005, rows: 1 }])
  await remove({ warehouse, log }, policy, removals, now)
  expect(await stored()).toHaveLength(1)
  await storeAudit(warehouse, [anEntry({ at: '2020-05-06T12:00:00.000Z' })])
  await removeAgain(warehouse)
  expect(await stored()).toHaveLength(1)
})

test('the log must keep what the table keeps', () => {
  expect(() => readPolicy('{"audit":"6 years","log":{"audit":"5 years"}}')).toThrow('log.audit is 5 years')
  expect(() => readPolicy('{"log":{"audit":"5 years"}}')).toThrow('audit has no period')
  expect(readPolicy('{"audit":"5 years","log":{"audit":"6 years"}}').log.audit).toBe('6 years')
})
