import { HomeroomError } from '../errors.ts'
import { deliver, type Batch, type Surprise } from './batch.ts'
import { emptyRow, VARIANT, type Deliveries, type Row } from './deliveries.ts'
import type { District } from './district.ts'
import { httpSender, type Post } from './http-sender.ts'
import { SOURCES, type Door, type Source } from './traces/trace.ts'
import { mistakes } from './traces/xapi-mistakes.ts'
import { recordWriter, traceOf, weeksOf, type Week } from './week.ts'

export type Credentials = Record<Source, { user: string; password: string }>

/** What went through one door. records = valid + duplicates + malformed; accepted + refused = records. */
export type DoorCounts = {
  records: number
  accepted: number
  refused: number
  duplicates: number
  malformed: number
  /** Sent 1 to 20 days after they happened. */
  late: number
  /** Statements that take back another. */
  voiding: number
  requests: number
}

export type Sent = {
  weeks: { from: number; to: number }
  records: number
  seconds: number
  doors: Record<Door, DoorCounts>
  /** Requests that had to be sent again because of 429, 5xx or a broken connection. */
  retries: number
  /** Records that the receiver judged otherwise than they were planted: their number, and the first few. */
  surprises: number
  examples: Surprise[]
}

export type Progress = { week: number; weeks: { from: number; to: number }; records: number; recordsOfWeek: number }

export type SendOptions = {
  plan: District
  /** Where Homeroom listens, `http://127.0.0.1:8080`. */
  url: string
  credentials: Credentials
  /** Half-open, counted from 0; default: the whole year. A year can be continued where `onWeekDone` last was. */
  weeks?: { from: number; to: number }
  /** Requests under way at once. */
  concurrency?: number
  /** Records in a request, at most. */
  batch?: number
  patienceMs?: number
  onProgress?: (progress: Progress) => void
  /** Called when everything that arrives in the week has been answered. */
  onWeekDone?: (week: number) => void
  signal?: AbortSignal
}

const CONCURRENCY = 3
const BATCH = 500
const EXAMPLES = 20

/**
 * Send the district's records to Homeroom's doors, week by week in order of time, with their planted duplicates, late and
 * malformed ones. Everything is sent as an outside system would: there is no side entrance.
 *
 * @returns counts of what was sent and how it was answered
 * @throws HomeroomError if the receiver cannot be reached, does not let the sender in or answers what leaves nothing to
 *   try; the signal's reason if aborted. Weeks that `onWeekDone` has named are complete; the next may be sent in part, and
 *   can be sent again whole, because every record has its id.
 */
export async function sendDistrict(options: SendOptions): Promise<Sent> {
  const { plan, url, signal, concurrency = CONCURRENCY } = options
  const weeks = options.weeks ?? { from: 0, to: plan.year.weeks }
  const begun = performance.now()
  const sent = nothingSent(weeks)
  const onRetry = () => void sent.retries++
  const sender = httpSender({ url, connections: concurrency, patienceMs: options.patienceMs, onRetry, signal })
  try {
    for (const week of weeksOf(plan, weeks.from, weeks.to)) {
      await sendWeek(week, options, sender.post, sent)
      options.onWeekDone?.(week.week)
    }
  } finally {
    sender.close()
  }
  sent.seconds = (performance.now() - begun) / 1000
  return sent
}

async function sendWeek(week: Week, options: SendOptions, post: Post, sent: Sent): Promise<void> {
  const { plan, signal, concurrency = CONCURRENCY } = options
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  for (const batch of batchesOf(plan, week, options.batch ?? BATCH, sent)) {
    signal?.throwIfAborted()
    const delivery = deliver(post, batch, basic(options.credentials, batch.source))
      .then(delivered => {
        count(sent, batch, delivered)
        const recordsOfWeek = week.order.length
        options.onProgress?.({ week: week.week, weeks: sent.weeks, records: sent.records, recordsOfWeek })
      })
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(delivery))
    underWay.add(delivery)
    if (underWay.size >= concurrency) await Promise.race(underWay)
    if (failures.length > 0) break
  }
  await Promise.all(underWay)
  if (failures.length > 0) throw failures[0]
}

/** A week's records in order of time, gathered per source; a batch goes when it is full, the rest at the week's end. */
function* batchesOf(plan: District, { deliveries, order }: Week, size: number, sent: Sent): Generator<Batch> {
  const write = recordWriter(plan)
  const row = emptyRow()
  const open = new Map<Source, OpenBatch>()
  for (const i of order) {
    const { source } = traceOf(deliveries.read(i, row))
    const variant = deliveries.variant(i)
    let batch = open.get(source)
    // Nobody sends one id twice in one request; the standard refuses it.
    if (batch && (batch.records.length >= size || (variant === VARIANT.duplicate && batch.rows.has(keyOf(row))))) {
      yield batch
      batch = undefined
    }
    if (!batch) open.set(source, (batch = emptyBatch(source)))
    batch.records.push(write(row, variant))
    batch.malformed.push(variant === VARIANT.malformed)
    batch.lastMs = deliveries.arrival[i]!
    if (variant !== VARIANT.malformed) batch.rows.add(keyOf(row))
    countPlanted(sent.doors[batch.door], deliveries, i, row)
  }
  for (const batch of open.values()) yield batch
}

type OpenBatch = Batch & { rows: Set<number> }

function emptyBatch(source: Source): OpenBatch {
  return { source, door: SOURCES[source].door, records: [], malformed: [], lastMs: 0, rows: new Set() }
}

/** A number for a record that no other of the year has: trace (8 bits), week (6 bits), ordinal (32 bits). */
const keyOf = (row: Row): number => (row.trace * 64 + row.week) * 0x1_0000_0000 + row.ordinal

function countPlanted(counts: DoorCounts, deliveries: Deliveries, i: number, row: Row): void {
  counts.records++
  const variant = deliveries.variant(i)
  if (variant === VARIANT.duplicate) counts.duplicates++
  else if (variant === VARIANT.malformed) counts.malformed++
  else {
    if (deliveries.late(i)) counts.late++
    if (row.trace === mistakes.number && row.ordinal % 2 === 1) counts.voiding++
  }
}

function count(sent: Sent, batch: Batch, delivered: Awaited<ReturnType<typeof deliver>>): void {
  const counts = sent.doors[batch.door]
  counts.accepted += delivered.accepted
  counts.refused += delivered.refused
  counts.requests += delivered.requests
  sent.records += batch.records.length
  sent.surprises += delivered.surprises.length
  for (const surprise of delivered.surprises) if (sent.examples.length < EXAMPLES) sent.examples.push(surprise)
}

function basic(credentials: Credentials, source: Source): string {
  const pair = credentials[source]
  if (pair === undefined) {
    throw new HomeroomError('CREDENTIALS_MISSING', `no credentials for the source ${source}; nothing more was sent`)
  }
  return `Basic ${Buffer.from(`${pair.user}:${pair.password}`).toString('base64')}`
}

function nothingSent(weeks: { from: number; to: number }): Sent {
  const none = { records: 0, accepted: 0, refused: 0, duplicates: 0, malformed: 0, late: 0, voiding: 0, requests: 0 }
  const doors = { xapi: { ...none }, caliper: { ...none }, interactions: { ...none } }
  return { weeks, records: 0, seconds: 0, doors, retries: 0, surprises: 0, examples: [] }
}
