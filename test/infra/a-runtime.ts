import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccount } from '../../infra/accounts.ts'
import { openRuntime, prepare, type Runtime } from '../../infra/commands/runtime.ts'
import type { Config } from '../../infra/config.ts'
import { isCaughtUp, startProcessor, type Processor } from '../../processors/run.ts'
import { aStatement } from '../ingest/a-statement.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { until } from '../helpers/until.ts'

export type ARuntime = {
  runtime: Runtime
  /** Of a sender that may use every door. */
  authorization: string
  /** Started when first asked for. */
  processor(): Promise<Processor>
  /** Resolves when everything received is stored and computed. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

/** Everything that a process opens, on a district of its own on the shared engine, with a log and secrets of its own. */
export async function aRuntime(settings: Partial<Config> = {}): Promise<ARuntime> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-runtime-'))
  const { url: clickhouse } = await freshWarehouse({ migrated: false })
  const district = `t_${randomBytes(6).toString('hex')}`
  const secretsFile = join(data, 'secrets.json')
  const runtime = await openRuntime({ data, district, clickhouse, secretsFile, logLevel: 'silent', ...settings })
  await prepare(runtime)
  const account = { id: 'lms', kind: 'source', role: 'xapi,caliper,interactions' } as const
  const { secret } = await createAccount(runtime.warehouse, account)
  await runtime.accounts.refresh()
  let processor: Promise<Processor> | null = null
  const errors: unknown[] = []
  const start = () => (processor ??= startProcessor({ ...runtime, onError: error => errors.push(error) }))
  return {
    runtime,
    authorization: `Bearer ${secret}`,
    processor: start,
    async caughtUp() {
      await start()
      await until(
        () => isCaughtUp(runtime.log, runtime.warehouse),
        `all is computed; errors: ${errors.map(String).join()}`,
      )
    },
    async close() {
      await (await processor)?.stop()
      for (const database of [runtime.warehouse.identity, runtime.warehouse.database])
        await runtime.warehouse.command('DROP DATABASE IF EXISTS {database:Identifier} SYNC', { database })
      await runtime.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** What a tool sends to `POST /xapi/statements`. */
export function aDelivery(authorization: string, headers: Record<string, string> = {}, changes: object = {}) {
  return {
    method: 'POST' as const,
    url: '/xapi/statements',
    headers: { authorization, 'content-type': 'application/json', 'x-experience-api-version': '1.0.3', ...headers },
    payload: JSON.stringify([aStatement({ id: undefined, ...changes })]),
  }
}
