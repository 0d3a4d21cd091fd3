import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { isRunning } from '../is-running.ts'
import type { Store } from './lmdb-store.ts'

/** Who delivers to a group at the moment. */
export type Owner = { id: string; host: string; pid: number; until_ms: number }

/**
 * One consumer of a group delivers at a time; others stand by and take over when it stops, dies, or has not renewed for a
 * minute. All but `looksFree` are called inside a write transaction.
 */
export type Lease = {
  looksFree(): boolean
  /** Take or renew; false when somebody else holds it. */
  claim(): boolean
  /** Whether it is still ours: checked with every commit of offsets, so that one who lost it cannot move them. */
  held(): boolean
  release(): void
}

export const RENEW_MS = 20_000
export const STANDBY_MS = 500
const LEASE_MS = 60_000

/** Ids of this process: a process id may have belonged to somebody else before us. */
const ours = new Set<string>()

export function openLease(store: Store, name: string, group: string): Lease {
  const id = randomUUID()
  const free = () => {
    const owner = store.owners.get([name, group])
    return !owner || owner.id === id || !isAlive(owner)
  }
  const held = () => store.owners.get([name, group])?.id === id
  return {
    held,
    looksFree: free,
    claim() {
      if (!free()) return false
      ours.add(id)
      const owner = { id, host: hostname(), pid: process.pid, until_ms: Date.now() + LEASE_MS }
      void store.owners.put([name, group], owner)
      return true
    },
    release() {
      ours.delete(id)
      if (held()) void store.owners.remove([name, group])
    },
  }
}

/** Whether the owner can still be delivering. On another host only its lease tells; a wrong guess repeats a batch. */
export function isAlive(owner: Owner): boolean {
  if (owner.until_ms < Date.now()) return false
  if (owner.host !== hostname()) return true
  return owner.pid === process.pid ? ours.has(owner.id) : isRunning(owner.pid)
}
