import { randomUUID } from 'node:crypto'
import type { Pseudonym } from '../../schemas/record.ts'
import { statementSchema, type Statement, type XapiVersion } from '../../schemas/xapi.ts'
import { canonical } from '../canonical.ts'
import { xapiContent } from '../content.ts'
import { originalText } from '../dead-letters.ts'
import { fault, faultsOf, faultsSentence, type Fault } from '../faults.ts'
import type { Known } from '../identities.ts'
import type { Batch, Intake } from '../intake.ts'
import { fromXapi } from '../map/from-xapi.ts'
import { lookupOf } from '../map/lookup.ts'
import { pseudonymOf, type Identify } from '../map/participants.ts'
import { keptText, withoutAgents, type TokenOf } from '../originals.ts'
import { inSlices } from './pipe.ts'
import { isStatement } from './xapi-check.ts'

type Json = Record<string, unknown>

/** What became of a request: the ids in order, or what is wrong with which statement. */
export type Outcome = { ids: string[]; faults: Fault[] }

/** `statements[7]`, or `statement` where one was sent outside an array. */
export type NameOf = (index: number) => string

/**
 * Put a request's statements into the batch: all of them, or, if one is invalid, none; then the invalid ones go to the
 * dead letters. Gives way to other requests every 50 statements.
 */
export async function acceptStatements(
  intake: Intake,
  batch: Batch,
  statements: readonly unknown[],
  nameOf: NameOf,
  version: XapiVersion,
): Promise<Outcome> {
  const faults: Fault[] = []
  await inSlices(statements, (statement, index) => {
    if (!isStatement(statement, version)) faults.push(...statementFaults(statement, index, nameOf(index), version))
  })
  const invalid = new Set(faults.map(({ index }) => index))
  const repeats = repeatedIds(statements, invalid, nameOf)
  if (faults.length + repeats.faults.length > 0) {
    buryInvalid(intake, batch, statements, [...faults, ...repeats.faults], repeats.same, nameOf)
    return { ids: [], faults: [...faults, ...repeats.faults].sort((a, b) => a.index - b.index) }
  }
  const ids: string[] = []
  const accept = acceptor(intake, batch, version)
  await inSlices(statements, statement => {
    ids.push(accept(statement as Statement))
  })
  return { ids, faults }
}

/** What the schema says of a statement that the fast check refused. */
export function statementFaults(statement: unknown, index: number, name: string, version: XapiVersion): Fault[] {
  const { error } = statementSchema(version).safeParse(statement)
  return error === undefined ? [] : faultsOf(error.issues, statement, index, name)
}

function acceptor(intake: Intake, batch: Batch, version: XapiVersion): (statement: Statement) => string {
  const { source, storedAt, window } = batch
  const authority = authorityOf(source)
  const people = peopleIn(intake)
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
    intake.addRecord(batch, mapped, content, keptText('xapi', kept))
    return id
  }
}

/** Tokens and pseudonyms of the agents of one statement: an agent is looked up once, though both are asked for. */
function peopleIn(intake: Intake): { tokenOf: TokenOf; identify: Identify; forget: () => void } {
  const byIdentifier = (agent: unknown): Pseudonym | null => pseudonymOf(agent as object, intake.pseudonymise)
  // By the object itself: a group of ten thousand members must not be searched ten thousand times.
  const known = new Map<unknown, Known>()
  return {
    tokenOf: agent => {
      let found = known.get(agent)
      if (found === undefined) {
        found = intake.identities.known(agent, byIdentifier)
        known.set(agent, found)
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

/** The credential as an agent. */
export const authorityOf = (source: string): object => ({
  objectType: 'Agent',
  account: { homePage: 'https://homeroom.example/sources', name: source },
})

/** The standard refuses a request that names an id twice; a repeat with the same content is refused, but nothing is lost by it. */
function repeatedIds(
  statements: readonly unknown[],
  invalid: ReadonlySet<number>,
  nameOf: NameOf,
): { faults: Fault[]; same: Set<number> } {
  const first = new Map<string, number>()
  const faults: Fault[] = []
  const same = new Set<number>()
  statements.forEach((statement, index) => {
    const id = invalid.has(index) ? undefined : (statement as Json).id
    if (typeof id !== 'string') return
    const known = first.get(id.toLowerCase())
    if (known === undefined) {
      first.set(id.toLowerCase(), index)
      return
    }
    if (canonical(statements[known]) === canonical(statement)) same.add(index)
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
  intake: Intake,
  batch: Batch,
  statements: readonly unknown[],
  faults: readonly Fault[],
  same: ReadonlySet<number>,
  nameOf: NameOf,
): void {
  for (const [index, found] of Map.groupBy(faults, ({ index }) => index)) {
    if (same.has(index)) continue
    const sentence = `${faultsSentence(found)}. The whole request of ${statements.length} was refused and this one is in dead-letters; correct it and send the request again`
    intake.addDead(batch, {
      door: 'xapi',
      place: nameOf(index),
      code: 'RECORD_INVALID',
      reason: `RECORD_INVALID: ${sentence}.`,
      original: originalText(statements[index]),
    })
  }
}
