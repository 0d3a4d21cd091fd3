import type { Bell } from './bell.ts'
import { hasMoved } from './lmdb-moves.ts'
import { partitionsOf, stateOf } from './lmdb-store.ts'
import type { Store } from './lmdb-store.ts'
import type { Topic } from './topics.ts'

/** Tells consumers that their topic has grown. */
export type News = {
  /** Have the bell rung after every append to the topic, of whatever process; returns how to leave. */
  listen(topic: Topic, bell: Bell): () => void
  /** An append of this process is durable. */
  ring(topic: Topic): void
}

/** Appends of other processes are seen by looking. One timer for all consumers: a wake-up costs more than the look. */
const LOOK_MS = 20

/** @param onMove called when the file was written anew and lies elsewhere */
export function openNews(store: Store, nameOf: (topic: Topic) => string, onMove: () => void): News {
  const bells = new Map<Topic, Set<Bell>>()
  const seen = new Map<Topic, string>()
  let timer: NodeJS.Timeout | undefined

  function ring(topic: Topic): void {
    for (const bell of bells.get(topic) ?? []) bell.ring()
  }

  function look(): void {
    store.root.resetReadTxn()
    if (hasMoved(store)) onMove()
    for (const topic of bells.keys()) {
      const ends = partitionsOf(topic)
        .map(p => stateOf(store, nameOf(topic), p).next)
        .join()
      if (seen.get(topic) !== ends) ring(topic)
      seen.set(topic, ends)
    }
  }

  return {
    ring,
    listen(topic, bell) {
      const set = bells.get(topic) ?? new Set()
      bells.set(topic, set.add(bell))
      timer ??= setInterval(look, LOOK_MS)
      return () => {
        set.delete(bell)
        if (set.size === 0) bells.delete(topic)
        if (bells.size === 0) {
          clearInterval(timer)
          timer = undefined
        }
      }
    },
  }
}
