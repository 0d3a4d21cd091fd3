import { Intake } from '../../ingest/intake.ts'
import { decided, decider, pseudonymsOf, writeDecided, type Link } from '../../ingest/people.ts'
import type { Proposal } from '../../processors/person-of-decide.ts'
import { previewOf, short, type MovedIdentifier, type Preview } from '../../processors/person-of-preview.ts'
import { changeBy, factOf } from '../../processors/person-of-store.ts'
import { isCaughtUp } from '../../processors/run.ts'
import { DecisionReason, type AliasEntry, type Decision } from '../../schemas/roster.ts'
import { listAccounts } from '../accounts.ts'
import { HomeroomError } from '../errors.ts'
import { openRuntime, prepare, type Runtime } from './runtime.ts'
import { untilCaughtUp } from './wait.ts'

export type DecisionOptions = {
  apply?: boolean
  by?: string
  why?: string
  ref?: string
  wait?: boolean
  json?: boolean
}

type Forms = (text: string) => string[]

/** What came of a decision, for `--json`. */
type Answer = Preview & { links: Link[]; applied: boolean; upToDate: boolean; nothing?: string }

const SHOWN = 20

/**
 * Show what a decision about who is who would move, and with `--apply` write it to the log.
 * @param propose what has to be decided; identifiers are turned into pseudonyms at once and never shown
 */
export async function decide(
  options: DecisionOptions,
  propose: (runtime: Runtime, forms: Forms) => Promise<Proposal>,
): Promise<void> {
  const runtime = await openRuntime()
  try {
    await prepare(runtime)
    const intake = new Intake(runtime)
    const decision = await decisionOf(options, runtime, intake)
    const forms: Forms = text => pseudonymsOf(text, intake.pseudonymise, runtime.config.accounts)
    const { links, nothing } = await propose(runtime, forms)
    const entries = decided(links, decision, new Date().toISOString())
    const answer: Answer = {
      ...(await preview(runtime, entries)),
      links,
      applied: options.apply === true && links.length > 0,
      upToDate: await isCaughtUp(runtime.log, runtime.warehouse),
      ...(nothing !== undefined && { nothing }),
    }
    if (answer.applied) await writeDecided(intake, entries)
    if (answer.applied && options.wait) await untilCaughtUp(runtime)
    console.log(options.json ? JSON.stringify(answer) : told(answer))
  } finally {
    await runtime.close()
  }
}

async function preview(runtime: Runtime, entries: readonly AliasEntry[]): Promise<Preview> {
  return previewOf(runtime.warehouse, await changeBy(runtime.warehouse, entries.map(factOf)))
}

/** Who decides and why has to be said only where something is written. */
async function decisionOf(options: DecisionOptions, runtime: Runtime, intake: Intake): Promise<Decision> {
  const { apply, by, why, ref } = options
  if (!apply) return { by: decider('', intake.pseudonymise), why: 'same-person' }
  const reason = DecisionReason.safeParse(why)
  if (!reason.success)
    throw refused(
      `--why is ${why === undefined ? 'missing' : 'not one'}, expected one of ${DecisionReason.options.join(', ')}`,
    )
  if (ref !== undefined && !/^[\w#/.-]{1,64}$/.test(ref))
    throw refused('--ref is not the number of a ticket or the like: at most 64 letters, digits, # / . - and _')
  const accounts = (await listAccounts(runtime.warehouse)).filter(({ kind }) => kind === 'person')
  if (by === undefined || !accounts.some(({ id }) => id === by))
    throw refused(
      '--by has to name the account of who decides; homeroom user list shows them, homeroom user person makes one',
    )
  return { by: decider(by, intake.pseudonymise), why: reason.data, ...(ref !== undefined && { ref }) }
}

const refused = (what: string): HomeroomError => new HomeroomError('QUERY_INVALID', `${what}. Nothing was written`)

function told(answer: Answer): string {
  const { links, nothing, applied, upToDate, moves, weeks, enrolments, conflicts, contested } = answer
  if (links.length === 0) return `${nothing ?? 'Nothing would change'}. Nothing was written.`
  const events = moves.reduce((sum, move) => sum + move.events, 0)
  const lines = [
    applied
      ? 'Written to the log; the processors compute the weeks anew.'
      : 'This is what it would do; nothing was written. To do it: --apply --by ACCOUNT --why REASON.',
    ...(upToDate ? [] : ['The processors are behind: what they have not stored yet is not in these numbers.']),
    `identifiers that change hands: ${moves.length}, with ${events} records`,
    ...list(moves.map(moveLine)),
    `weeks to compute anew: ${weeks.length}${weeks.length > 0 ? `, from ${weeks[0]} to ${weeks.at(-1)}` : ''}`,
    `enrolments that change hands: ${enrolments.length}`,
    ...list(
      enrolments.map(
        row => `class ${row.class} of ${row.school}, ${row.role}, from ${row.begin}${row.end ? ` to ${row.end}` : ''}`,
      ),
    ),
    `conflicts: ${conflicts.length === 0 ? 'none' : conflicts.length}`,
    ...list(conflicts),
    ...(contested.length > 0 ? [`still claimed by two persons: ${contested.map(short).join(', ')}`] : []),
  ]
  return lines.join('\n')
}

function moveLine({ identifier, from, to, events, first, last }: MovedIdentifier): string {
  const days = events > 0 ? `, ${first} to ${last}` : ''
  return `${short(identifier)} from ${from ? short(from) : 'nobody'} to ${to ? short(to) : 'nobody'}: ${events} records${days}`
}

const list = (lines: readonly string[]): string[] => [
  ...lines.slice(0, SHOWN).map(line => `  ${line}`),
  ...(lines.length > SHOWN ? [`  and ${lines.length - SHOWN} more (--json has all)`] : []),
]
