import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { ClickHouseLogLevel, createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client'
import type { Config } from '../config.ts'
import { engineAddress, serverAddress, type Address } from './address.ts'
import { readClickHouseTls } from './clickhouse-tls.ts'
import { researchDatabase } from './codebook.ts'
import { connectionFault, warehouseError } from './refusal.ts'
import type { Warehouse } from './warehouse.ts'

export type WarehouseOptions = {
  /** Told when the engine that this process started has died; it is started again. */
  onEngineDeath?: (reason: string) => void
  /** How long a call waits for a warehouse that does not answer. Default 30 s: longer than an engine takes to come back. */
  patience_ms?: number
}

const PATIENCE_MS = 30_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
/** Longer than any recomputation that was measured; the client's own 30 s would cut a backfill. */
const STATEMENT_MS = 600_000

const SETTINGS: ClickHouseSettings = {
  // Async inserts are acknowledged before they are durable unless they wait; ours are batches already.
  async_insert: 0,
  date_time_input_format: 'best_effort',
  // Looks for comparisons that follow from others by hashing every subquery below them, again and again: half of the time
  // in which our longest statements are planned (26.7). They give it nothing to find.
  optimize_and_compare_chain: 0,
  output_format_json_quote_64bit_integers: 1,
  wait_end_of_query: 1,
}

/**
 * The district's warehouse: the ClickHouse server of the settings, or the embedded engine of this data directory, found if
 * it runs and started if it does not. Creates the district's two databases where they are missing; `migrate` makes tables.
 *
 * @returns whoever started the engine ends it by `close()`
 * @throws HomeroomError CONFIG_INVALID, ENGINE_UNSUPPORTED, ENGINE_LOCKED, WAREHOUSE_UNAVAILABLE, WAREHOUSE_REFUSED
 */
export async function openWarehouse(
  config: Pick<Config, 'data' | 'district' | 'clickhouse'> & Partial<Pick<Config, 'clickhouseTls'>>,
  options: WarehouseOptions = {},
): Promise<Warehouse> {
  const address = config.clickhouse
    ? serverAddress(config.clickhouse, readClickHouseTls(config.clickhouse, config.clickhouseTls ?? null))
    : await engineAddress(resolve(config.data), options.onEngineDeath)
  const { patience_ms = PATIENCE_MS } = options
  try {
    const identity = config.district === 'homeroom' ? 'identity' : `${config.district}_identity`
    await createDatabases(caller(address, 'default', patience_ms), [config.district, identity])
    return warehouseAt(address, caller(address, config.district, patience_ms), config.district, identity)
  } catch (error) {
    await address.close()
    throw error
  }
}

function warehouseAt(address: Address, { call, client, close }: Caller, database: string, identity: string): Warehouse {
  const databases = { identity, research: researchDatabase({ database }) }
  return {
    get client() {
      return client()
    },
    get url() {
      return address.url
    },
    database,
    identity,
    query: <T>(query: string, params = {}, settings = {}) =>
      call(named(query), 1, async at => {
        const query_params = { ...databases, ...params }
        const result = await at.query({ query, query_params, clickhouse_settings: settings, format: 'JSONEachRow' })
        return (await result.json()) as T[]
      }),
    command: (query, params = {}, settings = {}) =>
      call(named(query), 0, async at => {
        await at.command({ query, query_params: { ...databases, ...params }, clickhouse_settings: settings })
      }),
    insert: (table, rows) =>
      call(`insert of ${rows.length} rows into ${table}`, 3, async at => {
        if (rows.length > 0) await at.insert({ table, values: rows, format: 'JSONEachRow' })
      }),
    insertArrow: (table, ipc) =>
      call(`insert of ${ipc.byteLength} bytes of Arrow into ${table}`, 3, async at => {
        const values = Readable.from([ipc], { objectMode: false })
        const { stream } = await at.exec({ query: `INSERT INTO ${table} FORMAT ArrowStream`, values })
        // The answer of an INSERT is empty, and has to be read to free the connection.
        for await (const _ of stream);
      }),
    async close() {
      await close()
      await address.close()
    },
  }
}

/** Sends statements; waits and sends them again while nobody answers, `repeats` times if the connection broke under them. */
function caller(address: Address, database: string, patience_ms: number) {
  let url = address.url
  let client = clientAt(address, database)

  async function call<T>(what: string, repeats: number, send: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    let silentSince: number | undefined
    let pause = FIRST_PAUSE_MS
    let breaks = 0
    for (;;) {
      try {
        return await send(client)
      } catch (error) {
        const fault = connectionFault(error)
        if (fault === 'broken') breaks++
        // A broken connection is one at which somebody answered until now, perhaps for minutes.
        silentSince = fault === 'broken' ? Date.now() : (silentSince ?? Date.now())
        const waited = Date.now() - silentSince
        if (!fault || breaks > repeats || waited > patience_ms) throw warehouseError(what, error, address.trouble())
        await delay(pause)
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
        await address.recover(waited)
        await follow()
      }
    }
  }

  async function follow(): Promise<void> {
    if (address.url === url) return
    const old = client
    url = address.url
    client = clientAt(address, database)
    await old.close()
  }

  return { call, client: () => client, close: () => client.close() }
}

type Caller = ReturnType<typeof caller>

async function createDatabases({ call, close }: Caller, names: string[]): Promise<void> {
  try {
    for (const name of names) {
      await call(`creation of database ${name}`, 3, async client => {
        await client.command({ query: 'CREATE DATABASE IF NOT EXISTS {name:Identifier}', query_params: { name } })
      })
    }
  } finally {
    await close()
  }
}

function clientAt({ url, tls }: Pick<Address, 'url' | 'tls'>, database: string): ClickHouseClient {
  return createClient({
    url,
    tls,
    database,
    application: 'homeroom',
    request_timeout: STATEMENT_MS,
    max_open_connections: 16,
    use_multipart_params_auto: true,
    // Its errors reach the caller; logged besides, every refused statement would stand in the log twice.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: SETTINGS,
  })
}

/** The beginning of a statement, for errors. */
function named(sql: string): string {
  const text = sql
    .replace(/^\s*(--[^\n]*\n\s*)*/, '')
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
