import { HomeroomError } from '../errors.ts'
import { TRACE_BYTES } from '../tracing/trace-context.ts'
import type { Delivered, Entry } from './event-log.ts'
import { partitionOf, TOPICS } from './topics.ts'
import type { Topic } from './topics.ts'

/** One stored message: the entries of one append that fall in one partition, or a single entry of a compacted topic. */
export type Message = { partition: number; entries: readonly Entry[]; bytes: number }

/** Where a message is cut: whichever comes first. A single larger entry is a message of its own. */
export type PackLimits = { entries: number; bytes: number }

/** A message as it is stored: ready to be appended, whichever thread made it. */
export type Packed = { partition: number; buffer: Buffer }

/** No entry is larger, on either log; Kafka's topics are created to take it (`max.message.bytes` 10 MiB). */
export const MAX_ENTRY_BYTES = 9 * 1024 * 1024

const VERSION = 1
/** As version 1, with the bytes of a trace context behind the header. Only written where requests are traced. */
const VERSION_TRACED = 2
/** What stands before the table of lengths. */
export const HEADER_BYTES = 13
const TOMBSTONE = 0xffff_ffff

/**
 * Group entries into messages, in order within a partition.
 *
 * @returns messages with `bytes` of their keys and values in UTF-8; compacted topics get one entry a message
 * @throws HomeroomError BODY_TOO_LARGE for an entry over MAX_ENTRY_BYTES; INTERNAL for a tombstone in a topic that is not
 *   compacted, an empty key, or text that UTF-8 cannot hold
 */
export function packEntries(topic: Topic, entries: readonly Entry[], limits: PackLimits): Message[] {
  const { compacted } = TOPICS[topic]
  const messages: Message[] = []
  const open = new Map<number, { partition: number; entries: Entry[]; bytes: number }>()
  for (const [i, entry] of entries.entries()) {
    const bytes = checkedBytes(topic, entry, i, entries.length)
    const partition = partitionOf(topic, entry.key)
    const last = compacted ? undefined : open.get(partition)
    if (last && last.entries.length < limits.entries && last.bytes + bytes <= limits.bytes) {
      last.entries.push(entry)
      last.bytes += bytes
    } else {
      const message = { partition, entries: [entry], bytes }
      open.set(partition, message)
      messages.push(message)
    }
  }
  return messages
}

/** Group and encode entries of a topic that is not compacted; see `packEntries` for what is refused. */
export function packMessages(topic: Topic, entries: readonly Entry[], limits: PackLimits, now_ms: number): Packed[] {
  return packEntries(topic, entries, limits).map(message => ({
    partition: message.partition,
    buffer: encodeMessage(message, now_ms),
  }))
}

/** @throws HomeroomError INTERNAL for a compacted topic: its messages have keys of their own, which the bytes do not tell */
export function refuseIfCompacted(topic: Topic): void {
  if (!TOPICS[topic].compacted) return
  throw new HomeroomError(
    'INTERNAL',
    `topic ${topic} is compacted, and takes entries, not packed messages. Nothing was stored`,
  )
}

/**
 * Entries as stored: version (1 byte), milliseconds since 1970 (float64), number of entries (uint32), per entry the bytes
 * of key and value (uint32 each, value ffffffff: tombstone), then all keys and values in UTF-8. Little endian.
 */
export function encodeMessage(message: Message, now_ms: number): Buffer {
  const { entries } = message
  const table = HEADER_BYTES + entries.length * 8
  const buffer = Buffer.allocUnsafe(table + message.bytes)
  writeHeader(buffer, now_ms, entries.length)
  let at = table
  for (let i = 0; i < entries.length; i++) {
    const { key, value } = entries[i]!
    const keyBytes = buffer.write(key, at)
    const valueBytes = value === null ? 0 : buffer.write(value, at + keyBytes)
    buffer.writeUInt32LE(keyBytes, HEADER_BYTES + i * 8)
    buffer.writeUInt32LE(value === null ? TOMBSTONE : valueBytes, HEADER_BYTES + i * 8 + 4)
    at += keyBytes + valueBytes
  }
  return buffer
}

/** The beginning of a stored message; the lengths of keys and values follow. */
export function writeHeader(buffer: Buffer, now_ms: number, entries: number): void {
  buffer[0] = VERSION
  buffer.writeDoubleLE(now_ms, 1)
  buffer.writeUInt32LE(entries, 9)
}

/** The same message with the trace that it belongs to: 25 bytes, which `Delivered.trace` has in hexadecimal. */
export function withTrace(message: Buffer, trace: Buffer): Buffer {
  const traced = Buffer.concat([message.subarray(0, HEADER_BYTES), trace, message.subarray(HEADER_BYTES)])
  traced[0] = VERSION_TRACED
  return traced
}

/**
 * The entries of a stored message, appended to `into`.
 * @throws HomeroomError LOG_UNAVAILABLE if the bytes are not a message of these versions
 */
export function decodeMessage(buffer: Buffer, place: { partition: number; offset: number }, into: Delivered[]): void {
  const isTraced = buffer[0] === VERSION_TRACED
  const table = isTraced ? HEADER_BYTES + TRACE_BYTES : HEADER_BYTES
  if (buffer.length < table || (buffer[0] !== VERSION && !isTraced)) throw unreadable(buffer, place)
  const trace = isTraced ? buffer.toString('hex', HEADER_BYTES, table) : null
  const count = buffer.readUInt32LE(9)
  let at = table + count * 8
  if (at > buffer.length) throw unreadable(buffer, place)
  for (let index = 0; index < count; index++) {
    const keyBytes = buffer.readUInt32LE(table + index * 8)
    const valueBytes = buffer.readUInt32LE(table + index * 8 + 4)
    const keyEnd = at + keyBytes
    const valueEnd = valueBytes === TOMBSTONE ? keyEnd : keyEnd + valueBytes
    if (valueEnd > buffer.length) throw unreadable(buffer, place)
    const key = buffer.toString('utf8', at, keyEnd)
    const value = valueBytes === TOMBSTONE ? null : buffer.toString('utf8', keyEnd, valueEnd)
    const entry = { key, value, partition: place.partition, offset: place.offset, index }
    into.push(trace === null ? entry : { ...entry, trace })
    at = valueEnd
  }
}

/** When a stored message was appended, in milliseconds since 1970. */
export function appendedAt(buffer: Buffer): number {
  return buffer.readDoubleLE(1)
}

function checkedBytes(topic: Topic, entry: Entry, i: number, count: number): number {
  const { key, value } = entry
  const place = `topic ${topic}: entry ${i + 1} of ${count}`
  if (key === '') throw new HomeroomError('INTERNAL', `${place} has an empty key. Nothing of this append was stored`)
  if (value === null && !TOPICS[topic].compacted)
    throw new HomeroomError(
      'INTERNAL',
      `${place} is a tombstone, expected only in compacted topics. Nothing was stored`,
    )
  if (!key.isWellFormed() || (value !== null && !value.isWellFormed()))
    throw new HomeroomError('INTERNAL', `${place} has a lone surrogate, which UTF-8 cannot hold. Nothing was stored`)
  const bytes = Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value))
  if (bytes > MAX_ENTRY_BYTES)
    throw new HomeroomError(
      'BODY_TOO_LARGE',
      `${place} is ${bytes} bytes, expected at most ${MAX_ENTRY_BYTES}. Nothing of this append was stored`,
    )
  return bytes
}

function unreadable(buffer: Buffer, { partition, offset }: { partition: number; offset: number }): HomeroomError {
  return new HomeroomError(
    'LOG_UNAVAILABLE',
    `partition ${partition}, offset ${offset}: ${buffer.length} bytes that are no message of version ${VERSION} or ${VERSION_TRACED}, ` +
      `first byte ${buffer[0] ?? 'absent'}. Nothing after it is delivered`,
  )
}
