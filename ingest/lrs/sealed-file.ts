import { mkdirSync } from 'node:fs'
import { open, type Database, type Key, type RootDatabase } from 'lmdb'
import { HomeroomError } from '../../infra/errors.ts'
import { syncFolder } from '../../infra/log/lmdb-store.ts'
import type { Secrets } from '../../infra/secrets.ts'
import { hmacOf } from '../pseudonymise.ts'
import { resourceKey } from '../../infra/seal.ts'

/** A file whose values are sealed, and whose keys name people and things by pseudonyms and keyed hashes. */
export type SealedFile = {
  table(name: string): Database<Buffer, Key>
  /** Runs alone, among all processes; resolves when it is durable. What it throws is thrown, so it checks before it puts. */
  write<T>(change: () => T): Promise<T>
  /** The newest state, also of what other processes wrote. */
  read<T>(look: () => T): T
  /** Keyed hash of a name, for use in a key. */
  nameOf(kind: string, name: string): string
  /** The sealing key of one owner's values. */
  keyOf(owner: string): Buffer
  close(): Promise<void>
}

/** Address space, not disk; the same as the event log's file. */
const MAP_BYTES = 2 ** 38

/**
 * Open or create the file in the folder `path`. Several processes of one machine may have it open.
 * @throws HomeroomError STORE_UNAVAILABLE
 */
export function openSealedFile(path: string, secrets: Pick<Secrets, 'pseudonymKey' | 'masterSecret'>): SealedFile {
  const root = openFile(path)
  const hmac = hmacOf(secrets.pseudonymKey)
  return {
    table: name => root.openDB(name, { encoding: 'binary' }),
    async write(change) {
      try {
        return await root.transaction(change)
      } catch (cause) {
        if (cause instanceof HomeroomError) throw cause
        const message = `the store of documents and attachments refused a write: ${String(cause)}. It may not be stored`
        throw new HomeroomError('STORE_UNAVAILABLE', message, { cause })
      }
    },
    read(look) {
      root.resetReadTxn()
      return look()
    },
    nameOf: (kind, name) => hmac(`v1|resource|${kind}|${name}`, 'base64url'),
    keyOf: owner => resourceKey(secrets.masterSecret, owner),
    close: () => root.close(),
  }
}

/** Every key that begins with these parts. Parts are pseudonyms, hashes and words: none begins with the last character. */
export const beginningWith = (parts: readonly string[]): { start: string[]; end: string[] } => ({
  start: [...parts],
  end: [...parts, '\uffff'],
})

/** Within a read: the people whose keys a table has, one look for each owner. */
export function peopleIn(table: Database<Buffer, Key>): string[] {
  const owners: string[] = []
  for (let start: string[] = ['']; ;) {
    const [key] = [...table.getKeys({ start, limit: 1 })]
    if (key === undefined) return owners.filter(owner => /^[0-9a-f]{64}$/.test(owner))
    const [owner] = key as string[]
    owners.push(owner!)
    start = beginningWith([owner!]).end
  }
}

function openFile(path: string): RootDatabase {
  try {
    mkdirSync(path, { recursive: true })
    const root = open({ path, noSubdir: false, mapSize: MAP_BYTES, overlappingSync: false, maxDbs: 8 })
    // A process that was killed leaves its reader's place behind, which would keep freed pages from being reused.
    root.readerCheck()
    syncFolder(path)
    return root
  } catch (cause) {
    const message = `the store of documents and attachments in ${path} cannot be opened: ${String(cause)}`
    throw new HomeroomError('STORE_UNAVAILABLE', message, { cause })
  }
}
