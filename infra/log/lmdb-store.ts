import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { open } from 'lmdb'
import type { Database, RootDatabase } from 'lmdb'
import { HomeroomError } from '../errors.ts'
import type { Owner } from './lmdb-lease.ts'
import { encodeMessage } from './message.ts'
import type { Message } from './message.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

/** Offsets are per partition and never reused; `bytes` is the size of the stored messages. */
export type PartitionState = { first: number; next: number; bytes: number }

/** That everything is being written anew (`lmdb-rewrite.ts`), and by whom; `to`: it is done, and this is where it is now. */
export type Move = { id: string; host: string; pid: number; until_ms: number; to: string | null }

/** The embedded log's file: six tables in one LMDB environment. All are other ones after it was written anew. */
export type Store = {
  /** Folder of the log, and the one in it that the file lies in: '' or a number. */
  readonly path: string
  name: string
  root: RootDatabase
  /** [topic, partition, offset] → message */
  messages: Database<Buffer, [string, number, number]>
  /** [topic, partition] → state */
  partitions: Database<PartitionState, [string, number]>
  /** [topic, hash of the key] → offset of its newest message, in compacted topics */
  newest: Database<number, [string, string]>
  /** [topic, group, partition] → offset before which everything is handled */
  groups: Database<number, [string, string, number]>
  /** [topic, group] → the consumer that delivers */
  owners: Database<Owner, [string, string]>
  /** 'move' → where the file goes, or is gone */
  moves: Database<Move, string>
}

/** Address space, not disk: LMDB grows the file as it is written, and a map that never moves is safe with many readers. */
const MAP_BYTES = 2 ** 38

/**
 * Open or create the file in the folder `path`. Other processes may have it open.
 * @throws HomeroomError LOG_UNAVAILABLE if it cannot be opened
 */
export function openStore(path: string): Store {
  return openFiles(path, currentName(path))
}

/** File of the name of the folder that holds the log now; absent: it has never been written anew. */
export const CURRENT = 'current'

export function currentName(path: string): string {
  try {
    return readFileSync(join(path, CURRENT), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw unopened(path, error)
  }
}

/** @throws HomeroomError LOG_UNAVAILABLE */
export function openFiles(path: string, name: string): Store {
  const folder = join(path, name)
  try {
    mkdirSync(folder, { recursive: true })
    const root = open({ path: folder, noSubdir: false, mapSize: MAP_BYTES, overlappingSync: false, maxDbs: 8 })
    // A process that was killed leaves its reader's place behind, which would keep freed pages from being reused.
    root.readerCheck()
    syncFolder(folder)
    return {
      path,
      name,
      root,
      messages: root.openDB('messages', { encoding: 'binary' }),
      partitions: root.openDB('partitions', { encoding: 'json' }),
      newest: root.openDB('newest', { encoding: 'json' }),
      groups: root.openDB('groups', { encoding: 'json' }),
      owners: root.openDB('owners', { encoding: 'json' }),
      moves: root.openDB('moves', { encoding: 'json' }),
    }
  } catch (cause) {
    throw unopened(folder, cause)
  }
}

function unopened(path: string, cause: unknown): HomeroomError {
  return new HomeroomError('LOG_UNAVAILABLE', `the embedded log in ${path} cannot be opened: ${String(cause)}`, {
    cause,
  })
}

/** State of a partition; a partition that was never written begins at 0. */
export function stateOf(store: Store, name: string, partition: number): PartitionState {
  return store.partitions.get([name, partition]) ?? { first: 0, next: 0, bytes: 0 }
}

/** Where a group continues; a new group: at the oldest message kept. */
export function committedOf(store: Store, name: string, group: string, partition: number): number {
  return Math.max(store.groups.get([name, group, partition]) ?? 0, stateOf(store, name, partition).first)
}

/** Names of the partitions of a topic: 0, 1, … */
export function partitionsOf(topic: Topic): number[] {
  return Array.from({ length: TOPICS[topic].partitions }, (_, i) => i)
}

/** What `prepare` has encoded outside the transaction. */
export type Prepared = { partition: number; buffer: Buffer; keyHash: string | null }

/** Under which `newest` has a key. */
export const keyHashOf = (key: string): string => hash('sha256', key, 'base64url')

export function prepare(topic: Topic, message: Message, now_ms: number): Prepared {
  const keyHash = TOPICS[topic].compacted ? keyHashOf(message.entries[0]!.key) : null
  return { partition: message.partition, buffer: encodeMessage(message, now_ms), keyHash }
}

/** Within a transaction: store messages at the ends of their partitions. */
export function putMessages(store: Store, name: string, prepared: readonly Prepared[]): void {
  const states = new Map<number, PartitionState>()
  for (const { partition, buffer, keyHash } of prepared) {
    const state = states.get(partition) ?? { ...stateOf(store, name, partition) }
    states.set(partition, state)
    const offset = state.next++
    state.bytes += buffer.length
    if (keyHash) replaceNewest(store, name, partition, keyHash, offset, state)
    void store.messages.put([name, partition, offset], buffer)
  }
  // The ends are moved last: had a put above failed, what it left would lie beyond the end and be written over.
  for (const [partition, state] of states) void store.partitions.put([name, partition], state)
}

function replaceNewest(
  store: Store,
  name: string,
  partition: number,
  keyHash: string,
  offset: number,
  state: PartitionState,
): void {
  const older = store.newest.get([name, keyHash])
  if (older !== undefined) {
    state.bytes -= store.messages.getBinary([name, partition, older])?.length ?? 0
    void store.messages.remove([name, partition, older])
  }
  void store.newest.put([name, keyHash], offset)
}

/** LMDB syncs its file but not the folder's entry for it, which a power cut could otherwise take with it. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
