import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Delivered } from '../infra/log/event-log.ts'
import type { Topic } from '../infra/log/topics.ts'

/**
 * What was being stored when a process died. An entry that takes the process with it (out of memory, a fault in native code) throws
 * nothing that could be caught: the next process begins at the same offset and dies likewise, for ever. So what is begun stands in
 * a file, and what stands there at a start was died of: it is tried in ever smaller pieces, until a single entry is left.
 */
export type Deaths = {
  /** How to go through a batch, in its order; `deadly`: entries that are not to be tried any more. */
  plan(topic: Topic, batch: Delivered[]): { pieces: Delivered[][]; deadly: Delivered[] }
  /** Must return before the piece is begun. */
  began(topic: Topic, piece: readonly Delivered[]): void
  ended(topic: Topic): void
}

/** Places [offset, index], both included, by partition. */
const Range = z.record(
  z.string(),
  z.strictObject({ from: z.tuple([z.int(), z.int()]), to: z.tuple([z.int(), z.int()]) }),
)
type Range = z.infer<typeof Range>
const Book = z.strictObject({
  now: Range.nullable(),
  suspect: z.strictObject({ range: Range, deaths: z.int() }).nullable(),
})
type Book = z.infer<typeof Book>

/** 40,000 entries are down to one after five deaths; a second each until the process is started again. */
const PIECES = 16
/** A single entry that was being stored in so many deaths in a row: one or two may be a person's kill -9. */
const DEADLY_FROM = 3

/** @param data folder that outlives the process; the files are of this machine's processors alone */
export function openDeaths(data: string): Deaths {
  const folder = join(data, 'handling')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const books = new Map<Topic, Book>()
  const save = (topic: Topic, book: Book): void => {
    const path = join(folder, `${topic}.json`)
    // Not synced: it has to outlive the process, not the machine.
    writeFileSync(`${path}.new`, JSON.stringify(book))
    renameSync(`${path}.new`, path)
  }
  const bookOf = (topic: Topic): Book => {
    const known = books.get(topic)
    if (known !== undefined) return known
    const book = afterStart(read(join(folder, `${topic}.json`)))
    books.set(topic, book)
    if (book.suspect !== null) save(topic, book)
    return book
  }
  return {
    plan(topic, batch) {
      const book = bookOf(topic)
      const { suspect } = book
      if (suspect === null) return { pieces: [batch], deadly: [] }
      const suspects = batch.filter(entry => isIn(suspect.range, entry))
      if (suspects.length === 0) {
        // It is committed, and was not deadly after all, or is a dead letter by now.
        book.suspect = null
        return { pieces: [batch], deadly: [] }
      }
      const isDeadly = suspects.length === 1 && suspect.deaths >= DEADLY_FROM
      return { pieces: piecesOf(batch, suspect.range, isDeadly), deadly: isDeadly ? suspects : [] }
    },
    began(topic, piece) {
      const book = bookOf(topic)
      book.now = rangeOf(piece)
      save(topic, book)
    },
    ended(topic) {
      bookOf(topic).now = null
      save(topic, bookOf(topic))
    },
  }
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

function isIn(range: Range, { partition, offset, index }: Delivered): boolean {
  const found = range[partition]
  if (found === undefined) return false
  const [fromOffset, fromIndex] = found.from
  const [toOffset, toIndex] = found.to
  const isAfter = offset > fromOffset || (offset === fromOffset && index >= fromIndex)
  return isAfter && (offset < toOffset || (offset === toOffset && index <= toIndex))
}

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
