import { randomUUID } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { HomeroomError } from '../errors.ts'
import type { Delivered, Rewriting, Rewritten } from './event-log.ts'
import { beginMove, completeMove, endMove, follow, pointTo, removeFiles } from './lmdb-moves.ts'
import { keyHashOf, openFiles, syncFolder } from './lmdb-store.ts'
import type { PartitionState, Store } from './lmdb-store.ts'
import { appendedAt, decodeMessage, encodeMessage } from './message.ts'
import { TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

/** Copied in one transaction. */
const CHUNK_BYTES = 16 * 1024 * 1024

type Place = [name: string, partition: number]

/**
 * Write the log's file anew, beside the old one, and let every process that has it open go on with the new one.
 *
 * A page that LMDB has freed keeps what stood in it until something else is written there, and so does the unused end of a
 * page in use: what shall be gone from the disk must not be copied page by page either. Most is copied while others append;
 * for the rest, and for the compacted topics, their appends wait. It counts from the moment in which the old file says that it
 * has moved; before that a crash leaves everything as it was, after that whoever opens the log completes it.
 *
 * @throws HomeroomError ENGINE_LOCKED if another process is at it
 */
export async function rewriteStore(store: Store, rewriting: Rewriting): Promise<Rewritten> {
  const before = { name: store.name, bytes: sizeOf(store) }
  const name = String(Number(store.name || '0') + 1)
  rmSync(join(store.path, name), { recursive: true, force: true })
  const target = openFiles(store.path, name)
  const copy = copier(store, target, rewriting)
  const id = randomUUID()
  try {
    for (const place of placesIn(store)) if (!isCompacted(place)) await copy.messages(place)
    const move = await beginMove(store, id)
    if (move === null)
      throw new HomeroomError('ENGINE_LOCKED', 'another process writes the log anew. Nothing was changed by this one')
    for (const place of placesIn(store)) await copy.messages(place)
    await copy.tables()
    await target.root.close()
    syncFolder(join(store.path, name))
    await completeMove(store, move, name)
  } catch (error) {
    await endMove(store, id)
    throw error
  }
  await follow(store)
  pointTo(store.path, name)
  removeFiles(store.path, before.name)
  return { changed: copy.changed(), bytesBefore: before.bytes, bytesAfter: sizeOf(store) }
}

function placesIn(store: Store): Place[] {
  store.root.resetReadTxn()
  return [...store.partitions.getKeys()] as Place[]
}

const sizeOf = ({ path, name }: Store): number => statSync(join(path, name, 'data.mdb')).size

// `<district>.<topic>`: a district's id has no full stop.
const topicOf = ([name]: Place): string => name.slice(name.indexOf('.') + 1)

function isCompacted(place: Place): boolean {
  const topic = topicOf(place)
  return topic in TOPICS && TOPICS[topic as Topic].compacted
}

type Copier = {
  /** Copy what of a partition was not copied yet. */
  messages(place: Place): Promise<void>
  tables(): Promise<void>
  /** Entries that were changed. */
  changed(): number
}

function copier(store: Store, target: Store, rewriting: Rewriting): Copier {
  /** By partition: which offsets are copied, half-open, and the bytes of their messages. */
  const copies = new Map<string, { from: number; to: number; bytes: number }>()
  /** `<topic>|<hash of the key>` of what has gone from compacted topics. */
  const dropped = new Set<string>()
  let changed = 0

  function copied(place: Place, done: { to: number; bytes: number }): number {
    const buffer = store.messages.getBinary([...place, done.to])
    if (buffer === undefined) return 0
    const { message, changes, gone } = rewritten(place, done.to, buffer, rewriting)
    changed += changes
    for (const key of gone) dropped.add(`${place[0]}|${keyHashOf(key)}`)
    if (message === null) return 0
    done.bytes += message.length
    void target.messages.put([...place, done.to], message)
    return message.length
  }

  async function messages(place: Place): Promise<void> {
    const { first, next } = store.partitions.get(place) ?? { first: 0, next: 0 }
    const done = copies.get(place.join('|')) ?? { from: first, to: first, bytes: 0 }
    copies.set(place.join('|'), done)
    // What retention has taken since it was copied.
    for (; done.from < Math.min(first, done.to); done.from++) {
      done.bytes -= target.messages.getBinary([...place, done.from])?.length ?? 0
      await target.messages.remove([...place, done.from])
    }
    for (done.to = Math.max(first, done.to); done.to < next;) {
      await target.root.transaction(() => {
        for (let size = 0; done.to < next && size < CHUNK_BYTES; done.to++) size += copied(place, done)
      })
      await setImmediate()
      store.root.resetReadTxn()
    }
  }

  async function tables(): Promise<void> {
    await target.root.transaction(() => {
      for (const { key, value } of store.partitions.getRange()) {
        const state: PartitionState = { ...value, bytes: copies.get(key.join('|'))?.bytes ?? 0 }
        void target.partitions.put(key, state)
      }
      for (const { key, value } of store.newest.getRange())
        if (!dropped.has(key.join('|'))) void target.newest.put(key, value)
      for (const { key, value } of store.groups.getRange()) void target.groups.put(key, value)
      for (const { key, value } of store.owners.getRange()) void target.owners.put(key, value)
    })
  }

  return { messages, tables, changed: () => changed }
}

type RewrittenMessage = {
  /** null: nothing is left of it. */
  message: Buffer | null
  changes: number
  /** Keys that have gone from a compacted topic. */
  gone: string[]
}

/** A message with the changed entries in their places: who remembers a place finds the same entry there. */
function rewritten(place: Place, offset: number, buffer: Buffer, { concerns, change }: Rewriting): RewrittenMessage {
  const topic = topicOf(place)
  const same = { message: buffer, changes: 0, gone: [] }
  if (!(topic in TOPICS) || !concerns(buffer)) return same
  const entries: Delivered[] = []
  decodeMessage(buffer, { partition: place[1], offset }, entries)
  const changed = entries.map(entry => change(topic as Topic, entry))
  const changes = changed.filter((entry, i) => entry !== entries[i]).length
  if (changes === 0) return same
  const kept = changed.filter(entry => entry !== null)
  const gone = entries.filter((_, i) => changed[i] === null).map(({ key }) => key)
  if (kept.length === 0) return { message: null, changes, gone }
  const bytes = kept.reduce(
    (sum, { key, value }) => sum + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value)),
    0,
  )
  return { message: encodeMessage({ partition: place[1], entries: kept, bytes }, appendedAt(buffer)), changes, gone }
}
