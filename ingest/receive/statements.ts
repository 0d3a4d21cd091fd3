import { randomUUID } from 'node:crypto'
import { isModest, keepable } from '../../schemas/formats.ts'
import type { Pseudonym } from '../../schemas/record.ts'
import { statementSchema, type Statement, type XapiVersion } from '../../schemas/xapi.ts'
import { canonical } from '../canonical.ts'
import { xapiContent } from '../content.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsOf, faultsSentence, type Fault } from '../faults.ts'
import type { Known } from '../identities.ts'
import type { AttachmentEntry } from '../lrs/attachments.ts'
import { authorityOf } from '../lrs/authority.ts'
import { fromXapi } from '../map/from-xapi.ts'
import { lookupOf } from '../map/lookup.ts'
import { pseudonymOf, type Identify } from '../map/participants.ts'
import { keptText, withoutAgents, type TokenOf } from '../originals.ts'
import type { Batch, RecordMaker } from '../record-maker.ts'
import { attachmentEntries, attachmentFaults } from './attachment-rules.ts'
import type { Part } from './multipart.ts'
import { inSlices, type Pace } from './pipe.ts'
import { isStatement } from './xapi-check.ts'

type Json = Record<string, unknown>

/** What became of a request: records in order, or what is wrong with which statement. */
export type Outcome = {
  /** As sent, or made where none was sent. */
  ids: string[]
  /** Of the content, 16 hexadecimal digits each. */
  hashes: string[]
  /** What came with the statements and has to be durable before they are. */
  attachments: AttachmentEntry[]
  faults: Fault[]
}

/** `statements[7]`, or `statement` where one was sent outside an array. */
export type NameOf = (index: number) => string

export type How = {
  /** Attachments that came with the statements; null: none can have come. */
  parts?: readonly Part[] | null
  /** How the work is divided: by default it gives way to other requests every 50 statements. */
  pace?: Pace
}

/**
 * Put a request's statements into the batch: all of them, or, if one is invalid, none; then the invalid ones go to the
 * dead letters.
 */
export async function acceptStatements(
  maker: RecordMaker,
  batch: Batch,
  statements: readonly unknown[],
  nameOf: NameOf,
  version: XapiVersion,
  { parts = null, pace = inSlices }: How = {},
): Promise<Outcome> {
  const { faults, same } = await faultsIn(statements, nameOf, version, parts, pace)
  const outcome: Outcome = { ids: [], hashes: [], attachments: [], faults }
  if (faults.length > 0) {
    buryInvalid(maker, batch, statements, faults, same, nameOf)
    return outcome
  }
  const accept = acceptor(maker, batch, version, parts ?? [], outcome)
  await pace(statements, statement => accept(statement as Statement))
  return outcome
}

/** Levels: an extension may have 64, and stands a handful deep. */
const DEEPEST = 100

/** What the schema says of a statement that the fast check refused. */
export function statementFaults(statement: unknown, index: number, name: string, version: XapiVersion): Fault[] {
  // The schema would name every one of a million properties.
  if (!isModest(statement, DEEPEST))
    return [fault(index, name, 'JSON that nests deeper or is wider', keepable(DEEPEST))]
  const { error } = statementSchema(version).safeParse(statement)
  return error === undefined ? [] : faultsOf(error.issues, statement, index, name)
}

/** After so many invalid ones the rest of a request is not looked at: nothing of it will be stored. */
export const MAX_BAD = 1000

type Found = { faults: Fault[]; same: ReadonlySet<number> }

async function faultsIn(
  statements: readonly unknown[],
  nameOf: NameOf,
  version: XapiVersion,
  parts: readonly Part[] | null,
  pace: Pace,
): Promise<Found> {
  const faults: Fault[] = []
  let bad = 0
  await pace(statements, (statement, index) => {
    if (bad === MAX_BAD || isStatement(statement, version)) return
    bad++
    faults.push(...statementFaults(statement, index, nameOf(index), version))
  })
  if (bad === MAX_BAD) return { faults, same: new Set() }
  const repeats = repeatedIds(statements, new Set(faults.map(({ index }) => index)), nameOf)
  faults.push(...repeats.faults)
  // Only of valid statements can it be told which attachments they name.
  if (faults.length === 0) faults.push(...attachmentFaults(statements, parts, nameOf))
  return { faults: faults.sort((a, b) => a.index - b.index), same: repeats.same }
}

export function acceptor(
  maker: RecordMaker,
  batch: Batch,
  version: XapiVersion,
  parts: readonly Part[],
  outcome: Outcome,
): (statement: Statement) => void {
  const { source, storedAt, window } = batch
  const authority = authorityOf(source)
  const people = peopleIn(maker, batch)
  return statement => {
    people.forget()
    const id = statement.id ?? randomUUID()
    const kept = withoutAgents(statement, people.tokenOf)
    const content = xapiContent(statement, people.tokenOf)
    // The standard lets the store set these; the authority is always the credential that delivered the statement.
    kept.id = id
    kept.timestamp ??= storedAt
    kept.stored = storedAt
    kept.authority = authority
    kept.version ??= version === '1.0.3' ? '1.0.0' : version
    const mapped = fromXapi(statement, { id: id.toLowerCase(), source, storedAt, window, identify: people.identify })
    mapped.lookup = lookupOf(statement, people.identify)
    outcome.ids.push(id)
    outcome.hashes.push(maker.addRecord(batch, mapped, content, keptText('xapi', kept)))
    if (parts.length > 0) outcome.attachments.push(...attachmentEntries(statement, parts, mapped.actor.id))
  }
}

/** Tokens and pseudonyms of the agents of one statement: an agent is looked up once, however often it is asked for. */
function peopleIn(maker: RecordMaker, batch: Batch): { tokenOf: TokenOf; identify: Identify; forget: () => void } {
  const byIdentifier = (agent: unknown): Pseudonym | null => pseudonymOf(agent as object, maker.pseudonymise)
  const known = new Map<unknown, Known>()
  return {
    tokenOf: agent => {
      let found = known.get(agent)
      if (found === undefined) {
        known.set(agent, (found = maker.identities.known(agent, byIdentifier)))
        maker.checkPeople(batch)
      }
      return found.token
    },
    identify: agent => {
      const found = known.get(agent)
      return found === undefined ? byIdentifier(agent) : found.identifier
    },
    forget: () => known.clear(),
  }
}

/** The standard refuses a request that names an id twice; a repeat with the same content is refused, but nothing is lost by it. */
function repeatedIds(
  statements: readonly unknown[],
  invalid: ReadonlySet<number>,
  nameOf: NameOf,
): { faults: Fault[]; same: Set<number> } {
  const first = new Map<string, number>()
  const faults: Fault[] = []
  const same = new Set<number>()
  // Of each id's first once: it may be large, and repeated often.
  const contents = new Map<number, string>()
  statements.forEach((statement, index) => {
    const id = invalid.has(index) ? undefined : (statement as Json).id
    if (typeof id !== 'string') return
    const known = first.get(id.toLowerCase())
    if (known === undefined) {
      first.set(id.toLowerCase(), index)
      return
    }
    const content = contents.get(known) ?? canonical(statements[known])
    contents.set(known, content)
    if (content === canonical(statement)) same.add(index)
    faults.push(
      fault(
        index,
        `${nameOf(index)}.id`,
        `the id of ${nameOf(known)}`,
        'an id that no other statement of the request has',
      ),
    )
  })
  return { faults, same }
}

function buryInvalid(
  maker: RecordMaker,
  batch: Batch,
  statements: readonly unknown[],
  faults: readonly Fault[],
  same: ReadonlySet<number>,
  nameOf: NameOf,
): void {
  for (const [index, found] of Map.groupBy(faults, ({ index }) => index)) {
    if (same.has(index)) continue
    const sentence = `${faultsSentence(found)}. The whole request of ${statements.length} was refused and this one is in dead-letters; correct it and send the request again`
    maker.addDead(batch, {
      door: 'xapi',
      place: nameOf(index),
      code: 'RECORD_INVALID',
      reason: `RECORD_INVALID: ${sentence}.`,
      original: originalText(statements[index]),
    })
  }
}
