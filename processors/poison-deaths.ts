import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Delivered } from '../infra/log/event-log.ts'
import { TOPICS, type Topic } from '../infra/log/topics.ts'

/**
 * What was being stored when a process died. An entry that takes the process with it (out of memory, a fault in native code) throws
 * nothing that could be caught: the next process begins at the same offset and dies likewise, for ever. So what is begun stands in
 * a file, and what stands there at a start was died of: it is tried in ever smaller pieces, until a single entry is left.
 */
export type Deaths = {
  /** How to go through a batch, in its order; `deadly`: entries that are not to be tried any more. */
  plan(topic: Topic, batch: Delivered[]): { pieces: Delivered[][]; deadly: Delivered[] }
  /**
   * Do the work of a piece, which stands in the file meanwhile. While anything is suspected, topics take turns: whoever is at work in
   * the next death has caused it, and who is not clears itself.
   */
  during<T>(topic: Topic, piece: readonly Delivered[], work: () => Promise<T>): Promise<T>
}

/** Places [offset, index], both included, by partition. */
const Place = z.tuple([z.int(), z.int()])
type Place = z.infer<typeof Place>
const Range = z.record(z.string(), z.strictObject({ from: Place, to: Place }))
type Range = z.infer<typeof Range>
const Suspect = z.strictObject({ range: Range, deaths: z.int() })
type Suspect = z.infer<typeof Suspect>
const Book = z.strictObject({ now: Range.nullable(), suspect: Suspect.nullable() })
type Book = z.infer<typeof Book>

/** 40,000 entries are down to one after five deaths; a second each until the process is started again. */
const PIECES = 16
/** A single entry that was being stored in so many deaths in a row: one or two may be a person's kill -9. */
const DEADLY_FROM = 3

/** @param data folder that outlives the process; the files are of this machine's processors alone */
export function openDeaths(data: string): Deaths {
  const folder = join(data, 'handling')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (topic: Topic): string => join(folder, `${topic}.json`)
  const topics = Object.keys(TOPICS) as Topic[]
  const books = Object.fromEntries(topics.map(topic => [topic, afterStart(read(pathOf(topic)))])) as Record<Topic, Book>
  const save = (topic: Topic): void => {
    const path = pathOf(topic)
    // Not synced: it has to outlive the process, not the machine.
    writeFileSync(`${path}.new`, JSON.stringify(books[topic]))
    renameSync(`${path}.new`, path)
  }
  for (const topic of topics) if (books[topic].suspect !== null) save(topic)
  const watched = async <T>(topic: Topic, piece: readonly Delivered[], work: () => Promise<T>): Promise<T> => {
    const book = books[topic]
    const now = rangeOf(piece)
    book.now = now
    save(topic)
    try {
      const done = await work()
      book.suspect = withoutHandled(book.suspect, now)
      return done
    } finally {
      // Also where it throws: who throws is alive.
      book.now = null
      save(topic)
    }
  }
  let turns: Promise<unknown> = Promise.resolve()
  return {
    plan(topic, batch) {
      const book = books[topic]
      book.suspect = withoutPassed(book.suspect, batch)
      const { suspect } = book
      if (suspect === null || !batch.some(entry => isIn(suspect.range, entry))) return { pieces: [batch], deadly: [] }
      const deadly = isFound(suspect) ? batch.filter(entry => isIn(suspect.range, entry)) : []
      return { pieces: piecesOf(batch, suspect.range, deadly.length > 0), deadly }
    },
    during(topic, piece, work) {
      if (topics.every(other => isFound(books[other].suspect))) return watched(topic, piece, work)
      const turn = turns.then(() => watched(topic, piece, work))
      turns = turn.catch(() => undefined)
      return turn
    },
  }
}

/** Nothing is left to try: none, or a single entry that is not tried any more. */
function isFound(suspect: Suspect | null): boolean {
  if (suspect === null) return true
  const [only, ...others] = Object.values(suspect.range)
  const isSingle = only !== undefined && others.length === 0 && compare(only.from, only.to) === 0
  return isSingle && suspect.deaths >= DEADLY_FROM
}

/**
 * A partition is passed once entries beyond are delivered and none of the suspected: those are committed, handled or as dead letters.
 * A batch of other entries says nothing of them.
 */
function withoutPassed(suspect: Suspect | null, batch: readonly Delivered[]): Suspect | null {
  return keeping(suspect, (partition, { to }) => {
    const own = batch.filter(entry => String(entry.partition) === partition)
    return own.some(entry => isIn(suspect!.range, entry)) || !own.some(entry => compare(placeOf(entry), to) > 0)
  })
}

/** What was handled to its end, and nobody died, was not deadly. */
function withoutHandled(suspect: Suspect | null, handled: Range): Suspect | null {
  return keeping(suspect, (partition, { from, to }) => {
    const done = handled[partition]
    return done === undefined || compare(done.from, from) < 0 || compare(done.from, to) > 0 || compare(done.to, to) < 0
  })
}

function keeping(suspect: Suspect | null, keeps: (partition: string, of: Range[string]) => boolean): Suspect | null {
  if (suspect === null) return null
  const left = Object.entries(suspect.range).filter(([partition, of]) => keeps(partition, of))
  return left.length === 0 ? null : { ...suspect, range: Object.fromEntries(left) }
}

function afterStart({ now, suspect }: Book): Book {
  if (now === null) return { now, suspect }
  const isAgain = suspect !== null && JSON.stringify(suspect.range) === JSON.stringify(now)
  return { now: null, suspect: { range: now, deaths: isAgain ? suspect.deaths + 1 : 1 } }
}

function read(path: string): Book {
  try {
    return Book.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    // None, or one that a power cut has torn: then nothing is known, and at worst the process dies once more.
    return { now: null, suspect: null }
  }
}

function rangeOf(entries: readonly Delivered[]): Range {
  const range: Range = {}
  for (const { partition, offset, index } of entries) {
    const found = range[partition]
    if (found === undefined) range[partition] = { from: [offset, index], to: [offset, index] }
    else found.to = [offset, index]
  }
  return range
}

function isIn(range: Range, entry: Delivered): boolean {
  const found = range[entry.partition]
  if (found === undefined) return false
  return compare(placeOf(entry), found.from) >= 0 && compare(placeOf(entry), found.to) <= 0
}

const placeOf = ({ offset, index }: Delivered): Place => [offset, index]

const compare = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1]

/** A batch in its order: what is suspected in small pieces (or left out), what is not in whole ones. */
function piecesOf(batch: Delivered[], range: Range, isLeftOut: boolean): Delivered[][] {
  const runs: { suspected: boolean; entries: Delivered[] }[] = []
  for (const entry of batch) {
    const suspected = isIn(range, entry)
    const last = runs.at(-1)
    if (last?.suspected === suspected) last.entries.push(entry)
    else runs.push({ suspected, entries: [entry] })
  }
  return runs.flatMap(({ suspected, entries }) => {
    if (!suspected) return [entries]
    if (isLeftOut) return []
    const size = Math.ceil(entries.length / PIECES)
    return Array.from({ length: Math.ceil(entries.length / size) }, (_, i) => entries.slice(i * size, (i + 1) * size))
  })
}
