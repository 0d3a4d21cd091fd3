import { HomeroomError } from '../errors.ts'
import { takeSpace } from '../spaces.ts'
import {
  HEADER_BYTES,
  MAX_ENTRY_BYTES,
  refuseIfCompacted,
  writeHeader,
  type Packed,
  type PackLimits,
} from './message.ts'
import { partitionOf, type Topic } from './topics.ts'

/** A message that grows: where it ends so far, and the lengths of its keys and values. */
type Open = { space: Buffer; end: number; lengths: number[] }

/** Enough for the header and the lengths, too. */
const FIRST_BYTES = 128 * 1024
const LENGTHS_BYTES = 8

/**
 * Makes messages of JSON objects as they come, as `packMessages` does of entries. Nothing is put together as a string
 * before it is written, and a message stays where it was written: for a record that takes a quarter of the time.
 */
export class Packer {
  readonly #topic: Topic
  readonly #limits: PackLimits
  readonly #now_ms: number
  /** Before the first key there is room for the header and the lengths of as many entries as a message can have. */
  readonly #begin: number
  readonly #open = new Map<number, Open>()
  #packed: Packed[] = []

  /** @throws HomeroomError INTERNAL for a compacted topic */
  constructor(topic: Topic, limits: PackLimits, now_ms: number) {
    refuseIfCompacted(topic)
    this.#topic = topic
    this.#limits = limits
    this.#now_ms = now_ms
    this.#begin = HEADER_BYTES + limits.entries * LENGTHS_BYTES
  }

  /**
   * Add an entry whose value is a JSON object with one more property, a text.
   * @param key ASCII, not empty
   * @param json a JSON object with at least one property, as JSON.stringify writes it
   * @param text of the last property: ASCII that JSON need not escape
   * @throws HomeroomError BODY_TOO_LARGE for an entry over MAX_ENTRY_BYTES
   */
  add(key: string, json: string, name: string, text: string): void {
    const partition = partitionOf(this.#topic, key)
    const open = this.#openOf(partition)
    const start = open.end
    const most = key.length + json.length * 3 + name.length + text.length + 8
    const space = withRoom(open, most)
    let at = start + space.write(key, start, 'latin1')
    const value = at
    // Over the closing brace comes what is added.
    at += space.write(json, at) - 1
    at += space.write(`,"${name}":"`, at, 'latin1')
    at += space.write(text, at, 'latin1')
    at += space.write('"}', at, 'latin1')
    this.#check(at - start)
    const isOver = open.lengths.length / 2 >= this.#limits.entries || at - this.#begin > this.#limits.bytes
    const into = isOver && start > this.#begin ? this.#cut(partition, open, start, at) : open
    into.lengths.push(value - start, at - value)
    into.end += at - start
  }

  /** The messages, in order within each partition; each is alone in its memory. The packer is empty afterwards. */
  take(): Packed[] {
    for (const [partition, open] of this.#open) this.#packed.push(this.#message(partition, open))
    const packed = this.#packed
    this.#packed = []
    this.#open.clear()
    return packed
  }

  #openOf(partition: number): Open {
    const known = this.#open.get(partition)
    if (known !== undefined) return known
    const open = { space: takeSpace(FIRST_BYTES), end: this.#begin, lengths: [] }
    this.#open.set(partition, open)
    return open
  }

  /** End the message before an entry that is one too many, which becomes the first of the next. */
  #cut(partition: number, full: Open, start: number, end: number): Open {
    const next = { space: takeSpace(Math.max(FIRST_BYTES, this.#begin + end - start)), end: this.#begin, lengths: [] }
    full.space.copy(next.space, this.#begin, start, end)
    this.#packed.push(this.#message(partition, full))
    this.#open.set(partition, next)
    return next
  }

  #message(partition: number, { space, end, lengths }: Open): Packed {
    const entries = lengths.length / 2
    const buffer = space.subarray(this.#begin - HEADER_BYTES - entries * LENGTHS_BYTES, end)
    writeHeader(buffer, this.#now_ms, entries)
    for (let i = 0; i < lengths.length; i++) buffer.writeUInt32LE(lengths[i]!, HEADER_BYTES + i * 4)
    return { partition, buffer }
  }

  #check(bytes: number): void {
    if (bytes <= MAX_ENTRY_BYTES) return
    throw new HomeroomError(
      'BODY_TOO_LARGE',
      `topic ${this.#topic}: an entry is ${bytes} bytes, expected at most ${MAX_ENTRY_BYTES}. Nothing of this append was stored`,
    )
  }
}

function withRoom(open: Open, more: number): Buffer {
  if (open.end + more <= open.space.length) return open.space
  const larger = takeSpace(Math.max(open.space.length * 2, open.end + more))
  open.space.copy(larger, 0, 0, open.end)
  open.space = larger
  return larger
}
