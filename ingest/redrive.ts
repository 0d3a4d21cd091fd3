import type { StoredLetter } from '../infra/warehouse/dead-letters.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { DeadLetter, type Redriven } from '../schemas/dead-letter.ts'
import { letterOpener } from './dead-letters.ts'
import { HeldIntake } from './held-intake.ts'
import type { Batch, IntakeDeps } from './intake.ts'
import { knownAround, type Known } from './redrive-known.ts'
import { tryAgain, type DoorOptions } from './redrive-doors.ts'
import type { Fix } from './redrive-fix.ts'
import { rowPlace } from './redrive-places.ts'
import { fixedText } from './redrive-text.ts'

export type RedriveOptions = DoorOptions & {
  fix: Fix | null
  /** Nothing is stored; what is told is what would become of each letter. */
  check: boolean
}

export type RedriveDeps = IntakeDeps & { warehouse: Warehouse }

/**
 * What became of a letter. `stored`: something new came of it; `duplicate`: all of it is known already; `nobody`: it is about
 * no person; `refused`: it still cannot be used and stays; `closed`: nobody can read its original any more; `left`: the fix
 * is not about it.
 */
export type Outcome = 'stored' | 'duplicate' | 'nobody' | 'refused' | 'closed' | 'left'

export type LetterOutcome = {
  id: string
  outcome: Outcome
  /** Why it stays, if it does: a sentence without identifiers. */
  reason: string
  /** Ids of the records that it became, or is. */
  records: string[]
  /** Ids of new letters for parts of it that still cannot be used. */
  letters: string[]
}

export type RedriveSummary = { letters: number } & Record<Outcome, number>

/**
 * Give the originals of dead letters to their doors again, page by page: what they become now goes into the log as if it had
 * just been delivered, and the letter is done with. A letter that still cannot be used stays as it is.
 *
 * Counted once, however often it is redriven and wherever it is cut off: the ids are those that the first delivery would have
 * had; what is known already is not appended again; and before anything is appended the log says that it begins, so that a
 * repetition recognises what it had appended itself.
 *
 * @param pages open letters, as `storedLetters` gives them; everything in the log must be stored when they are read
 * @throws HomeroomError LOG_UNAVAILABLE, WAREHOUSE_UNAVAILABLE; the letters before are done with, those of the page may be
 */
export async function redrive(
  pages: AsyncIterable<StoredLetter[]>,
  deps: RedriveDeps,
  options: RedriveOptions,
  report: (outcome: LetterOutcome, letter: StoredLetter) => void = () => undefined,
): Promise<RedriveSummary> {
  const intake = new HeldIntake(deps)
  const open = letterOpener(deps.secrets, () => intake.now())
  const known = knownAround(deps.warehouse)
  const summary = { letters: 0, stored: 0, duplicate: 0, nobody: 0, refused: 0, closed: 0, left: 0 }
  for await (const page of pages) {
    const tries: Try[] = []
    for (const letter of page) tries.push(await tried(letter, open, intake, options))
    const settled = await settle(tries, known)
    if (!options.check) await release(settled, intake)
    for (const { batches } of tries) for (const batch of batches) intake.end(batch)
    for (const { letter, outcome, reason, records, letters } of settled) {
      summary.letters++
      summary[outcome]++
      report({ id: letter.id, outcome, reason, records, letters }, letter)
    }
  }
  return summary
}

type Try = { letter: StoredLetter; batches: Batch[]; said: 'given' | 'nobody' | { outcome: Outcome; reason: string } }
type Settled = LetterOutcome & { letter: StoredLetter; batches: Batch[] }

async function tried(
  letter: StoredLetter,
  open: ReturnType<typeof letterOpener>,
  intake: HeldIntake,
  options: RedriveOptions,
): Promise<Try> {
  const opened = open(letter.original)
  const stays = (outcome: Outcome, reason: string): Try => ({ letter, batches: [], said: { outcome, reason } })
  if (opened.text === undefined) return stays('closed', opened.closed)
  const text = options.fix === null ? opened.text : fixedText(opened.text, options.fix, letter, options)
  if (text === null) return stays('left', 'a test of the fix says that it is not meant')
  if (text === opened.text && IS_CONTESTED.test(letter.reason))
    return stays(
      'refused',
      'two users of the roster claim the same identifier: correct one of them with --fix, or load the roster again',
    )
  const answer = await tryAgain(letter, text, intake, options)
  const batches = intake.take()
  if (typeof answer === 'object') return stays('refused', answer.impossible)
  return { letter, batches, said: answer }
}

/** Read by itself, a user has nobody to share an identifier with. */
const IS_CONTESTED = /that of another user too/

async function settle(tries: readonly Try[], known: Known): Promise<Settled[]> {
  await known.ask(tries.flatMap(({ batches }) => batches))
  return tries.map(({ letter, batches, said }) => {
    const settled: Settled = {
      letter,
      batches,
      id: letter.id,
      outcome: 'refused',
      reason: '',
      records: [],
      letters: [],
    }
    if (typeof said === 'object') return { ...settled, ...said }
    const dead = batches.flatMap(batch => batch.dead.map(({ value }) => DeadLetter.parse(JSON.parse(value!))))
    const contradiction = known.contradictionIn(batches)
    const isUsed = said === 'nobody' || batches.some(hasSomething)
    if (contradiction !== null) return { ...settled, batches: [], reason: contradiction }
    if (!isUsed)
      return { ...settled, batches: [], reason: dead.length > 0 ? inItsPlace(dead[0]!.reason, letter) : NOTHING }
    const { records, isOurs } = known.takeNew(batches, letter)
    const isNew = batches.some(hasSomething) || isOurs
    const outcome = isNew ? 'stored' : said === 'nobody' && records.length === 0 ? 'nobody' : 'duplicate'
    return { ...settled, outcome, records, letters: dead.map(({ id }) => id) }
  })
}

const NOTHING = 'nothing came of it'

const hasSomething = ({ records, rosters, others }: Batch): boolean =>
  records.length + rosters.length + Object.values(others).reduce((sum, entries) => sum + entries.length, 0) > 0

// The door has read one row under its header: it calls every row the second.
function inItsPlace(reason: string, { place }: StoredLetter): string {
  const at = rowPlace(place)
  return at === null ? reason : reason.replaceAll(`${at.label} row 2`, `${at.label} row ${at.row}`)
}

async function release(settled: readonly Settled[], intake: HeldIntake): Promise<void> {
  const done = settled.filter(({ outcome }) => outcome === 'stored' || outcome === 'duplicate' || outcome === 'nobody')
  const begun = done.filter(({ batches }) => batches.some(hasSomething))
  const redrivenAt = new Date(intake.now()).toISOString()
  const note = (of: Settled, outcome: Redriven['outcome']) => {
    const { id, records, letters, batches } = of
    const at = batches.find(hasSomething)?.storedAt ?? redrivenAt
    const value: Redriven = { letter: id, redrivenAt: at, outcome, records, letters }
    return { key: id, value: JSON.stringify(value) }
  }
  await intake.bury(begun.map(of => note(of, 'begun')))
  await intake.release(done.flatMap(({ batches }) => batches))
  await intake.bury(done.map(of => note(of, of.outcome as Redriven['outcome'])))
}
