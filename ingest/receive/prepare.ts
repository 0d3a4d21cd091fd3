import { HomeroomError } from '../../infra/errors.ts'
import type { Entry } from '../../infra/log/event-log.ts'
import type { Packed, PackLimits } from '../../infra/log/message.ts'
import { Packer } from '../../infra/log/packer.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import type { Fault } from '../faults.ts'
import type { AttachmentEntry } from '../lrs/attachments.ts'
import type { RecordMaker } from '../record-maker.ts'
import { ID_WORDS, HASH_WORDS, writeHash, writeId } from '../record-words.ts'
import { checkCount, jsonOf, textOf } from './body.ts'
import { mediaTypeOf, parseMultipart, type Part } from './multipart.ts'
import type { Pace } from './pipe.ts'
import { acceptStatements, type NameOf, type Outcome } from './statements.ts'

/** A request with statements, as far as preparing it goes. */
export type Job = {
  body: Buffer
  contentType: string
  version: XapiVersion
  source: string
  /** When it was accepted, milliseconds since 1970. */
  storedMs: number
  /** The id that the address names; null: the statements have their own. */
  statementId: string | null
}

/** What a request's statements have become: ready for the log, or refused. */
export type Prepared = Ready | Refused

export type Ready = {
  kind: 'ready'
  count: number
  /** The ids as sent, JSON. */
  answer: Uint8Array
  /** Ids and hashes of the contents, as the table of known ids has them (`record-words.ts`). */
  ids: Uint32Array
  hashes: Uint32Array
  attachments: AttachmentEntry[]
  messages: Packed[]
}

export type Refused = { kind: 'refused'; of: number; faults: Fault[]; dead: Entry[] }

/**
 * Everything between a body and the log that needs no other thread: read, check, map, seal, pack.
 * @param packing how the log wants its messages cut
 * @throws HomeroomError BODY_INVALID if the body holds no statements
 */
export async function prepare(maker: RecordMaker, packing: PackLimits, pace: Pace, job: Job): Promise<Prepared> {
  const { statements, parts, nameOf } = statementsIn(job)
  const packer = new Packer('records', packing, job.storedMs)
  const batch = maker.batchOf(job.source, job.storedMs, packer)
  const outcome = await acceptStatements(maker, batch, statements, nameOf, job.version, { parts, pace })
  const { faults, attachments } = outcome
  if (faults.length > 0) return { kind: 'refused', of: statements.length, faults, dead: batch.dead }
  return { kind: 'ready', count: statements.length, messages: packer.take(), attachments, ...tellingOf(outcome) }
}

export type Sent = { statements: unknown[]; parts: Part[] | null; nameOf: NameOf }

/** @throws HomeroomError BODY_INVALID if the body holds no statements */
export function statementsIn(job: Pick<Job, 'body' | 'contentType' | 'statementId'>): Sent {
  const isMultipart = mediaTypeOf(job.contentType) === 'multipart/mixed'
  const { statements: body, parts } = isMultipart
    ? parseMultipart(job.body, job.contentType)
    : { statements: job.body, parts: null }
  const sent = jsonOf(textOf(body))
  if (job.statementId !== null) return { statements: [withId(sent, job.statementId)], parts, nameOf: one }
  if (Array.isArray(sent)) checkCount(sent.length, 'statements')
  return Array.isArray(sent) ? { statements: sent, parts, nameOf: ofMany } : { statements: [sent], parts, nameOf: one }
}

const one: NameOf = () => 'statement'
const ofMany: NameOf = index => `statements[${index}]`

function withId(body: unknown, statementId: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HomeroomError('BODY_INVALID', 'the body is not one statement; nothing was stored')
  }
  const id = (body as { id?: unknown }).id
  if (id === undefined) return { ...body, id: statementId }
  if (typeof id === 'string' && id.toLowerCase() !== statementId.toLowerCase()) {
    throw new HomeroomError(
      'BODY_INVALID',
      "the statement's id is not that of the parameter statementId; nothing was stored",
    )
  }
  return body
}

function tellingOf({ ids, hashes }: Outcome): Pick<Ready, 'answer' | 'ids' | 'hashes'> {
  const idWords = new Uint32Array(ids.length * ID_WORDS)
  const hashWords = new Uint32Array(ids.length * HASH_WORDS)
  ids.forEach((id, i) => {
    writeId(id, idWords, i * ID_WORDS)
    writeHash(hashes[i]!, hashWords, i * HASH_WORDS)
  })
  return { answer: Buffer.from(JSON.stringify(ids)), ids: idWords, hashes: hashWords }
}
