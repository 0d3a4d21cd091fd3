import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isRunning } from '../is-running.ts'
import { CURRENT, currentName, openFiles, syncFolder } from './lmdb-store.ts'
import type { Move, Store } from './lmdb-store.ts'

/** How the file of the embedded log changes its place under the processes that have it open. */

const LOOK_EVERY_MS = 20
const LEASE_MS = 10 * 60_000

/** Moves of this process that are under way. */
const ours = new Set<string>()

/**
 * Open the log where it is now, and complete a move that was cut off.
 * @throws HomeroomError LOG_UNAVAILABLE if it cannot be opened
 */
export function openCurrent(path: string): Store {
  for (;;) {
    const name = currentName(path)
    const store = openFiles(path, name)
    const to = store.moves.get('move')?.to ?? null
    if (to === null && currentName(path) === name) return store
    // It has moved, perhaps just now: then there was nothing left to open, and what was opened is a new one, and empty.
    store.root.close().catch(() => undefined)
    if (to !== null) pointTo(path, to)
    removeFiles(path, name)
  }
}

/** Have the log opened in its new place from now on. */
export function pointTo(path: string, name: string): void {
  const fresh = join(path, `${CURRENT}.${process.pid}.new`)
  writeFileSync(fresh, name, { flush: true })
  renameSync(fresh, join(path, CURRENT))
  syncFolder(path)
}

/** Remove a file that has moved. Who has it open can still read there where it is now. */
export function removeFiles(path: string, name: string): void {
  if (name !== '') return rmSync(join(path, name), { recursive: true, force: true })
  for (const file of ['data.mdb', 'lock.mdb']) rmSync(join(path, file), { force: true })
}

/** Within a transaction: nothing may be written to this file, now or for ever. */
export const isMoving = (store: Store): boolean => store.moves.doesExist('move')

/** The file was written anew, and this one is what it was before. */
export const hasMoved = (store: Store): boolean => (store.moves.get('move')?.to ?? null) !== null

/**
 * Wait while the file is being written anew, and open the new one in its place. What was begun by a process that has died is
 * given up.
 */
export async function follow(store: Store): Promise<void> {
  for (;;) {
    store.root.resetReadTxn()
    const move = store.moves.get('move')
    if (move === undefined) return
    if (move.to !== null) return reopen(store)
    if (isAlive(move)) await wait(LOOK_EVERY_MS)
    else await endMove(store, move.id)
  }
}

/** From now on nobody writes to the file, until `endMove` or `completeMove`. @returns null: another process is at it */
export async function beginMove(store: Store, id: string): Promise<Move | null> {
  const move: Move = { id, host: hostname(), pid: process.pid, until_ms: Date.now() + LEASE_MS, to: null }
  ours.add(id)
  const isBegun = await store.root.transaction(() => {
    const other = store.moves.get('move')
    if (other !== undefined && (other.to !== null || isAlive(other))) return false
    void store.moves.put('move', move)
    return true
  })
  if (!isBegun) ours.delete(id)
  return isBegun ? move : null
}

/** The new file counts from now on. */
export async function completeMove(store: Store, move: Move, to: string): Promise<void> {
  await store.root.transaction(() => void store.moves.put('move', { ...move, to }))
  ours.delete(move.id)
}

/** It was given up: the file is what it was. */
export async function endMove(store: Store, id: string): Promise<void> {
  await store.root.transaction(() => {
    const move = store.moves.get('move')
    if (move?.id === id && move.to === null) void store.moves.remove('move')
  })
  ours.delete(id)
}

// Where it is now: it may have moved more than once, and to open a place that it has left makes an empty file there.
async function reopen(store: Store): Promise<void> {
  const old = store.root
  Object.assign(store, openCurrent(store.path))
  await old.close()
}

function isAlive(move: Move): boolean {
  if (move.host !== hostname()) return move.until_ms > Date.now()
  return move.pid === process.pid ? ours.has(move.id) : isRunning(move.pid)
}
