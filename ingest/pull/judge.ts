import type { Statement, XapiVersion } from '../../schemas/xapi.ts'
import { canonical } from '../canonical.ts'
import { fault, type Fault } from '../faults.ts'
import { attachmentFaults } from '../receive/attachment-rules.ts'
import type { Part } from '../receive/multipart.ts'
import { statementFaults } from '../receive/statements.ts'
import { isStatement } from '../receive/xapi-check.ts'
import type { Page } from './page.ts'

/** What a statement of a page is, by itself and beside the ones before it. */
export type Judgement =
  | {
      kind: 'good'
      /** With an id. */
      statement: Statement & { id: string }
      version: XapiVersion
      /** How many of its attachments came neither as bytes nor as an address. */
      leftOut: number
    }
  | { kind: 'repeated' }
  | { kind: 'bad'; code: 'RECORD_INVALID' | 'RECORD_CONFLICT'; faults: Fault[] }

/** How paths of faults begin. */
const NAME = 'statement'
const NO_ID = fault(0, `${NAME}.id`, 'missing', 'the UUID that a store gives to every statement')
const REPEATED = fault(0, `${NAME}.id`, 'the id of another statement of the same page', 'an id of its own')

/**
 * Judges the statements of a page one by one, in order.
 * @param spoken version of xAPI of a statement that names none
 */
export function judgeOf({ parts }: Pick<Page, 'parts'>, spoken: XapiVersion): (value: unknown) => Judgement {
  const byHash = new Map(parts?.map(part => [part.sha2, part]))
  const seen = new Map<string, unknown>()
  return value => {
    const version = versionOf(value, spoken)
    if (!isStatement(value, version)) return invalid(statementFaults(value, 0, NAME, version))
    const statement = dated(value as Statement)
    // One that we made up would be another one at the next pull, and the statement would count twice.
    if (statement.id === undefined) return invalid([NO_ID])
    const id = statement.id.toLowerCase()
    if (seen.has(id)) {
      const isSame = canonical(seen.get(id)) === canonical(value)
      return isSame ? { kind: 'repeated' } : { kind: 'bad', code: 'RECORD_CONFLICT', faults: [REPEATED] }
    }
    const { leftOut, faults } = attachmentsOf(statement, byHash)
    if (faults.length > 0) return invalid(faults)
    seen.set(id, value)
    return { kind: 'good', statement: statement as Statement & { id: string }, version, leftOut }
  }
}

const invalid = (faults: Fault[]): Judgement => ({ kind: 'bad', code: 'RECORD_INVALID', faults })

function versionOf(value: unknown, spoken: XapiVersion): XapiVersion {
  const version = (value as { version?: unknown } | null)?.version
  if (typeof version !== 'string') return spoken
  return version.startsWith('2.') ? '2.0.0' : '1.0.3'
}

/** Without a time of its own a statement happened when it was first stored, not when it was pulled. */
function dated(statement: Statement): Statement {
  if (statement.timestamp !== undefined || statement.stored === undefined) return statement
  return { ...statement, timestamp: statement.stored }
}

type Attachment = { sha2: string; fileUrl?: string }
type WithAttachments = { attachments?: Attachment[]; object: { attachments?: Attachment[] } }

function attachmentsOf(statement: Statement, parts: ReadonlyMap<string, Part>): { leftOut: number; faults: Fault[] } {
  const { attachments = [], object } = statement as WithAttachments
  const named = [...attachments, ...(object.attachments ?? [])]
  if (named.length === 0) return { leftOut: 0, faults: [] }
  const present = new Set(named.flatMap(({ sha2 }) => parts.get(sha2.toLowerCase()) ?? []))
  const leftOut = named.filter(({ sha2, fileUrl }) => fileUrl === undefined && !parts.has(sha2.toLowerCase())).length
  // The statement tells of learning without them too: what a store does not give away is no fault of its statement.
  return { leftOut, faults: leftOut > 0 ? [] : attachmentFaults([statement], [...present], () => NAME) }
}
