// Contract; the implementation is being written.
import type { ClickHouseClient } from '@clickhouse/client'

export type Params = Record<string, unknown>
export type Settings = Record<string, string | number>

/** One district's database, always through @clickhouse/client on a URL. */
export interface Warehouse {
  readonly client: ClickHouseClient
  readonly url: string
  readonly database: string
  /** Database that holds what identifies people: `identity`, or `<district>_identity` beside other districts. */
  readonly identity: string
  /** Rows of a SELECT, as objects (JSONEachRow; 64-bit integers as strings unless the SQL converts them). */
  query<T>(sql: string, params?: Params, settings?: Settings): Promise<T[]>
  /** A statement without a result. */
  command(sql: string, params?: Params, settings?: Settings): Promise<void>
  /** Insert objects, few of them (JSONEachRow). Many rows go by `insertArrow`. */
  insert(table: string, rows: readonly object[]): Promise<void>
  /** Insert an Arrow IPC stream whose columns have the table's column names. */
  insertArrow(table: string, ipc: Uint8Array): Promise<void>
  close(): Promise<void>
}
