import { z } from 'zod'
import { HomeroomError } from '../errors.ts'
import type { Answer, Post } from './http-sender.ts'
import { envelope } from './traces/caliper-reading.ts'
import type { Door, Source } from './traces/trace.ts'

/** Records of one source on their way; `malformed[i]`: the fault of record i is planted. */
export type Batch = { source: Source; door: Door; records: string[]; malformed: boolean[]; lastMs: number }

/** A record that was refused although nothing is wrong with it, or taken although something is. */
export type Surprise = { source: Source; what: string }

export type Delivered = { accepted: number; refused: number; requests: number; surprises: Surprise[] }

const Refused = z.looseObject({ index: z.int().min(0), path: z.string().optional(), reason: z.string().optional() })
const Refusal = z.looseObject({ errors: z.array(Refused).optional(), refused: z.array(Refused).optional() })
type Refused = z.infer<typeof Refused>

const QUOTED = 300

/**
 * Deliver a batch. Where the door takes all or nothing (xAPI), what it names as faulty is taken out and the rest sent
 * again, as real senders do; the other doors take the good ones at once and list the rest.
 *
 * @throws HomeroomError BODY_INVALID or CREDENTIALS_INVALID for an answer that leaves nothing to try
 */
export async function deliver(post: Post, batch: Batch, authorization: string): Promise<Delivered> {
  const result: Delivered = { accepted: 0, refused: 0, requests: 0, surprises: [] }
  let { records, malformed } = batch
  while (records.length > 0) {
    const { path, headers, body } = requestOf(batch, records)
    const answer = await post(path, { ...headers, authorization }, body)
    result.requests++
    const refused = refusedIn(answer, batch.door, records.length)
    note(result, batch.source, malformed, refused)
    if (answer.status < 300 || batch.door !== 'xapi') {
      result.accepted += records.length - refused.size
      return result
    }
    records = records.filter((_, index) => !refused.has(index))
    malformed = malformed.filter((_, index) => !refused.has(index))
  }
  return result
}

function requestOf({ door, lastMs }: Batch, records: readonly string[]) {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (door === 'caliper') return { path: '/caliper/events', headers, body: envelope(records, lastMs) }
  if (door === 'xapi') headers['x-experience-api-version'] = '1.0.3'
  return { path: door === 'xapi' ? '/xapi/statements' : '/interactions', headers, body: `[${records.join(',')}]` }
}

/** Which records the answer names as refused, by their place in what was sent. */
function refusedIn(answer: Answer, door: Door, sent: number): Map<number, Refused> {
  // A taken batch of statements is answered by their ids only.
  if (answer.status < 300 && door === 'xapi') return new Map()
  const named = answer.status < 300 || answer.status === 400 ? refusals(answer.text) : []
  if (named.some(({ index }) => index >= sent)) throw unusable(answer, door, 'names a record that was not sent')
  if (answer.status >= 300 && named.length === 0) throw unusable(answer, door, 'names no record to leave out')
  return new Map(named.map(fault => [fault.index, fault]))
}

function refusals(text: string): Refused[] {
  if (text === '') return []
  const parsed = Refusal.safeParse(parse(text))
  return parsed.success ? [...(parsed.data.errors ?? []), ...(parsed.data.refused ?? [])] : []
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: an answer of something in between, which names nothing.
    return null
  }
}

function note(result: Delivered, source: Source, malformed: readonly boolean[], refused: Map<number, Refused>): void {
  result.refused += refused.size
  for (const [index, { path, reason }] of refused) {
    if (!malformed[index]) result.surprises.push({ source, what: `refused: ${path ?? ''} ${reason ?? ''}`.trim() })
  }
  for (const [index, planted] of malformed.entries()) {
    // In an all-or-nothing door a first refusal names every faulty one; later rounds have none left.
    if (planted && !refused.has(index)) result.surprises.push({ source, what: 'a malformed record was not refused' })
  }
}

function unusable({ status, text }: Answer, door: Door, why: string): HomeroomError {
  const code = status === 401 || status === 403 ? 'CREDENTIALS_INVALID' : 'BODY_INVALID'
  return new HomeroomError(
    code,
    `the answer of the door ${door} (${status}) ${why}: ${text.slice(0, QUOTED)}. This batch and what follows it are not sent`,
  )
}
