import type { ClickHouseClient } from '@clickhouse/client'

export type Params = Record<string, unknown>
export type Settings = Record<string, string | number>

/**
 * One district's database, always through @clickhouse/client on a URL.
 *
 * Every statement may use `{identity:Identifier}` and `{research:Identifier}` (what is for research; made by `migrate`).
 * While the engine restarts, calls wait for it up to half a minute. A call that was under way when the connection broke:
 * `query` is sent once more, inserts are repeated (the tables settle repeats: ReplacingMergeTree), `command` fails with
 * WAREHOUSE_UNAVAILABLE, since it may have been done.
 *
 * Errors: HomeroomError WAREHOUSE_REFUSED with ClickHouse's own number and sentence (its `cause` is the ClickHouseError),
 * WAREHOUSE_UNAVAILABLE if nobody answers.
 */
export interface Warehouse {
  /** The client on the address that answers now; do not keep it. */
  readonly client: ClickHouseClient
  readonly url: string
  readonly database: string
  /** Database that holds what identifies people: `identity`, or `<district>_identity` beside other districts. */
  readonly identity: string
  /** Rows of a SELECT, as objects (JSONEachRow; 64-bit integers as strings unless the SQL converts them). */
  query<T>(sql: string, params?: Params, settings?: Settings): Promise<T[]>
  /** A statement without a result. */
  command(sql: string, params?: Params, settings?: Settings): Promise<void>
  /** Insert objects, few of them (JSONEachRow; times as ISO 8601 or ClickHouse writes them). Many rows go by `insertArrow`. */
  insert(table: string, rows: readonly object[]): Promise<void>
  /** Insert an Arrow IPC stream whose columns have the table's column names. */
  insertArrow(table: string, ipc: Uint8Array): Promise<void>
  close(): Promise<void>
}
