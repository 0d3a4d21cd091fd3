import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Account } from '../../infra/accounts.ts'
import { readConfig } from '../../infra/config.ts'
import { openLog } from '../../infra/log/open-log.ts'
import { migrate } from '../../infra/warehouse/migrate.ts'
import { openWarehouse } from '../../infra/warehouse/open-warehouse.ts'
import { openResources } from '../../ingest/lrs/store.ts'
import { ingestRoutes } from '../../ingest/receive/routes.ts'
import { threadsByCores } from '../../ingest/receive/workers/pool.ts'
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
  health_p99_ms: number
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
] as const

/**
 * Statements accepted durably a second, per clients × statements a request. Server in this process, sender in another.
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
  const accounts = { authenticate: () => account }
  const threads = options.threads ?? threadsByCores()
  await app.register(scope => ingestRoutes(scope, { log, config, secrets, accounts, resources, warehouse, threads }))
  const bare = Fastify({ bodyLimit: 8 * 1024 * 1024 })
  bare.post('/xapi/statements', request => ({ count: (request.body as unknown[]).length }))
  const rows: IngestRow[] = []
  try {
    const [port, barePort] = [await listen(app), await listen(bare)]
    for (const [clients, batch] of options.cells ?? CELLS) {
      rows.push(await cell({ log: options.log, seconds: options.seconds, clients, batch, port, barePort }))
    }
  } finally {
    await Promise.all([app.close(), bare.close()])
    await log.close()
    await resources.close()
    await warehouse.close()
    await rm(folder, { recursive: true, force: true })
  }
  return rows
}

type Cell = { log: IngestRow['log']; seconds: number; clients: number; batch: number; port: number; barePort: number }

async function cell({ log, seconds, clients, batch, port, barePort }: Cell): Promise<IngestRow> {
  const load = { path: '/xapi/statements', authorization: 'Basic YmVuY2g6YmVuY2g=', clients, batch }
  await runLoad({ ...load, port, seconds: seconds / 4 })
  const bare = await runLoad({ ...load, port: barePort, seconds: seconds / 2 })
  const cpu = process.cpuUsage()
  let peak = 0
  const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100)
  const run = await runLoad({ ...load, port, seconds, healthPath: '/healthz' })
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
    health_p99_ms: Number(run.health_p99.toFixed(1)),
    peak_rss_mb: Math.round(peak / 1_048_576),
    failed: run.failed,
  }
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}
