import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Account } from '../../infra/accounts.ts'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { openResources } from '../../ingest/lrs/store.ts'
import { ingestRoutes } from '../../ingest/receive/routes.ts'
import { threadsByCores } from '../../ingest/receive/workers/pool.ts'
import { startBareServer } from './bare-server.ts'
import { runLoad } from './load-client.ts'

/** One cell: what the doors accept durably, and what a route that only parses the same bytes does in the same run. */
export type IngestRow = {
  log: 'lmdb' | 'kafka'
  clients: number
  batch: number
  statements_per_s: number
  bare_per_s: number
  ratio: number
  /** CPU microseconds of the server process a statement. */
  cpu_us: number
  p50_ms: number
  p99_ms: number
  /** Asked by a process of its own, ten times a second. */
  health_p99_ms: number
  /** Of the server process. */
  peak_rss_mb: number
  failed: number
}

const CELLS = [
  [8, 1000],
  [8, 100],
  [8, 1],
  [1, 1000],
  [1, 100],
  [1, 1],
  [64, 1000],
] as const

/** Records of which the warehouse holds the ids before the first statement comes. */
const KNOWN_BEFORE = 1_000_000
/** Threads and main thread compile while they run. */
const WARM_UP_S = 5

/**
 * Statements accepted durably a second, per clients × statements a request, ids checked against a million known ones.
 * Server in this process; sender, bare route and the asking of /healthz in others.
 * @param options.seconds of each measurement; a warm-up of a quarter of it goes before
 */
export async function benchIngest(options: {
  log: 'lmdb' | 'kafka'
  seconds: number
  brokers?: string[]
  cells?: readonly (readonly [clients: number, batch: number])[]
  /** Threads that prepare requests; default: as `homeroom ingest` has them. */
  threads?: number
}): Promise<IngestRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-bench-'))
  const config = readConfig(
    {},
    { data: folder, district: 'bench', kafka: options.log === 'kafka' ? (options.brokers ?? []) : null },
  )
  const log = await openLog(config)
  await log.createTopics()
  const secrets = {
    pseudonymKey: Buffer.alloc(32, 1),
    masterSecret: Buffer.alloc(32, 2),
    deadLetterSecret: Buffer.alloc(32, 3),
  }
  const account: Account = {
    id: 'bench',
    kind: 'source',
    role: 'xapi',
    scope: { schools: [], advisories: [] },
    secretHash: '',
    expiresAt: new Date(),
  }
  const app = Fastify()
  app.get('/healthz', () => ({ ok: true }))
  const resources = openResources(config, secrets)
  const warehouse = await openWarehouse(config)
  await migrate(warehouse)
  await fillIndex(warehouse)
  const accounts = { authenticate: () => account }
  const threads = options.threads ?? threadsByCores()
  await app.register(scope => ingestRoutes(scope, { log, config, secrets, accounts, resources, warehouse, threads }))
  const bare = await startBareServer()
  const rows: IngestRow[] = []
  try {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const cells = options.cells ?? CELLS
    const [clients, batch] = cells[0] ?? [1, 1]
    await runLoad({ ...DOOR, port, clients, batch, seconds: WARM_UP_S })
    for (const [clients, batch] of cells) {
      rows.push(await cell({ log: options.log, seconds: options.seconds, clients, batch, port, barePort: bare.port }))
    }
  } finally {
    bare.close()
    await app.close()
    await log.close()
    await resources.close()
    await warehouse.close()
    await rm(folder, { recursive: true, force: true })
  }
  return rows
}

const DOOR = { path: '/xapi/statements', authorization: 'Basic YmVuY2g6YmVuY2g=' }

function fillIndex(warehouse: Warehouse): Promise<void> {
  return warehouse.command(
    `insert into record_index (record_id, week, person_id, hash, stored_at, source, position, ver)
     select generateUUIDv4(number), '2026-03-02', repeat('p', 32), number, now64(3), 'bench', '0/0/0', 1
     from numbers({count:UInt64})`,
    { count: KNOWN_BEFORE },
  )
}

type Cell = { log: IngestRow['log']; seconds: number; clients: number; batch: number; port: number; barePort: number }

async function cell({ log, seconds, clients, batch, port, barePort }: Cell): Promise<IngestRow> {
  const load = { ...DOOR, clients, batch }
  await runLoad({ ...load, port, seconds: seconds / 4 })
  const bare = await runLoad({ ...load, port: barePort, seconds: seconds / 2 })
  const cpu = process.cpuUsage()
  let peak = 0
  const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100)
  const [run, health] = await Promise.all([
    runLoad({ ...load, port, seconds }),
    runLoad({ ...load, port, seconds, clients: 0, healthPath: '/healthz' }),
  ])
  clearInterval(watching)
  const { user, system } = process.cpuUsage(cpu)
  const perSecond = run.statements / run.seconds
  const barePerSecond = bare.statements / bare.seconds
  return {
    log,
    clients,
    batch,
    statements_per_s: Math.round(perSecond),
    bare_per_s: Math.round(barePerSecond),
    ratio: Number((perSecond / barePerSecond).toFixed(3)),
    cpu_us: Number(((user + system) / run.statements).toFixed(1)),
    p50_ms: Number(run.p50.toFixed(1)),
    p99_ms: Number(run.p99.toFixed(1)),
    health_p99_ms: Number(health.health_p99.toFixed(1)),
    peak_rss_mb: Math.round(peak / 1_048_576),
    failed: run.failed,
  }
}
