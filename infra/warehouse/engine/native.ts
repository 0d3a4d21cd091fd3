import { createRequire } from 'node:module'

declare const connection: unique symbol
export type Connection = { readonly [connection]: true }

/** What one statement gave. `rowsRead` of an INSERT … FROM INFILE is the rows of the file. */
export type NativeResult = { bytes: Buffer; elapsed: number; rowsRead: number; bytesRead: number }

/**
 * The calls of chdb's native module that the engine uses. chdb's own `Session` is passed by because its `close()` waits
 * for every statement of the process, so that one long query would keep all sessions of all others open.
 */
export type Native = {
  CreateConnection(path: string, options?: string[]): Connection
  CloseConnection(connection: Connection): void
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<NativeResult>
  /** What chdb's own parser takes a text for; `queryClass` 0 is one that only reads. Runs nothing. */
  DurableClassifyAsync(
    connection: Connection,
    sql: string,
    database: string | null,
  ): Promise<{ statementCount: number; queryClass: number }>
}

/** @throws ChdbPlatformUnsupportedError, ChdbBinaryVersionMismatchError of chdb, where this platform has no engine */
export function loadNative(): Native {
  const here = createRequire(import.meta.url)
  const chdb = createRequire(here.resolve('chdb'))
  return (chdb('./dist/loader.js') as { loadNative(): Native }).loadNative()
}
