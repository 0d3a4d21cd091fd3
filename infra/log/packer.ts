import { HomeroomError } from '../errors.ts'
import {
  HEADER_BYTES,
  MAX_ENTRY_BYTES,
  refuseIfCompacted,
  writeHeader,
  type Packed,
  type PackLimits,
} from './message.ts'
import { partitionOf, type Topic } from './topics.ts'

/** Memory of a message that grows, and the lengths of its keys and values. */
type Open = { space: Buffer; bytes: number; lengths: number[] }

const FIRST_BYTES = 64 * 1024

// Memory that is not in use: fresh memory costs more than what is written into it.
const spare: Buffer[] = []
const MOST_SPARE = 16
const MOST_SPARE_BYTES = 2 * 1024 * 1024

/**
 * Makes messages of JSON objects as they come, as `packMessages` does of entries: nothing is put together as a string
 * before it is written, which for a record takes a quarter of the time.
 */
export class Packer {
  readonly #topic: Topic
  readonly #limits: PackLimits
  readonly #now_ms: number
  readonly #open = new Map<number, Open>()
  #packed: Packed[] = []

  /** @throws HomeroomError INTERNAL for a compacted topic */
  constructor(topic: Topic, limits: PackLimits, now_ms: number) {
    refuseIfCompacted(topic)
    this.#topic = topic
    this.#limits = limits
    this.#now_ms = now_ms
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
    const most = key.length + json.length * 3 + name.length + text.length + 8
    let open = this.#open.get(partition)
    // The bound is of what it may need; what it has needed decides where a message is cut.
    if (open === undefined) {
      open = { space: spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES), bytes: 0, lengths: [] }
      this.#open.set(partition, open)
    }
    const space = withRoom(open, most)
    const start = open.bytes
    let at = start + space.write(key, start, 'latin1')
    const value = at
    // Over the closing brace comes what is added.
    at += space.write(json, at) - 1
    at += space.write(`,"${name}":"`, at, 'latin1')
    at += space.write(text, at, 'latin1')
    at += space.write('"}', at, 'latin1')
    this.#check(at - start)
    const isOver = open.lengths.length / 2 >= this.#limits.entries || at > this.#limits.bytes
    if (isOver && start > 0) {
      this.#packed.push(this.#message(partition, open))
      space.copyWithin(0, start, at)
      open.lengths = []
      open.bytes = 0
    }
    open.lengths.push(value - start, at - value)
    open.bytes += at - start
  }

  /** The messages, in order within each partition. The packer is empty afterwards. */
  take(): Packed[] {
    for (const [partition, open] of this.#open) {
      this.#packed.push(this.#message(partition, open))
      if (spare.length < MOST_SPARE && open.space.length <= MOST_SPARE_BYTES) spare.push(open.space)
    }
    const packed = this.#packed
    this.#packed = []
    this.#open.clear()
    return packed
  }

  #message(partition: number, { space, bytes, lengths }: Open): Packed {
    const table = HEADER_BYTES + lengths.length * 4
    const buffer = Buffer.allocUnsafeSlow(table + bytes)
    writeHeader(buffer, this.#now_ms, lengths.length / 2)
    for (let i = 0; i < lengths.length; i++) buffer.writeUInt32LE(lengths[i]!, HEADER_BYTES + i * 4)
    space.copy(buffer, table, 0, bytes)
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
  if (open.bytes + more <= open.space.length) return open.space
  const larger = Buffer.allocUnsafeSlow(Math.max(open.space.length * 2, open.bytes + more))
  open.space.copy(larger, 0, 0, open.bytes)
  open.space = larger
  return larger
}
