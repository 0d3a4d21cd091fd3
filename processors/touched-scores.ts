import { arrowStream, dictionaryColumn, hexColumn, numberColumn } from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, uint64Column, uint8Column } from '../infra/warehouse/columns-of.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'

/** The student whose touch means "every score": what scores refer to has changed, not a score. */
export const EVERY_STUDENT = '0'.repeat(64)

/** Whose figures follow from a score: the student's own, and those of the cohort of test, subject and window. */
export type ScoreCohort = { test: string; subject: string; window: string; student: string }

/** What everything is touched by: a line item, a category, a scale, a list given whole. */
export const EVERYTHING: ScoreCohort = { test: '', subject: '', window: '', student: EVERY_STUDENT }

/**
 * Touch cohorts and students. What reaches how far, each indicator says: growth goes on to the later windows of the same
 * test and subject, because a score is also the prior of those that follow.
 */
export async function touchScores(
  warehouse: Warehouse,
  cohorts: readonly ScoreCohort[],
  touch: bigint,
  at = new Date(),
): Promise<void> {
  const distinct = new Map(cohorts.map(cohort => [JSON.stringify(Object.values(cohort)), cohort]))
  if (distinct.size === 0) return
  const second = Math.floor(at.getTime() / 1000)
  await warehouse.insertArrow('touched_scores', streamOf([...distinct.values()], touch, second))
}

function streamOf(cohorts: readonly ScoreCohort[], touch: bigint, second: number): Uint8Array {
  const column = columnsOf(cohorts)
  return arrowStream(cohorts.length, [
    column(dictionaryColumn, 'test', x => x.test),
    column(dictionaryColumn, 'subject', x => x.subject),
    column(dictionaryColumn, 'window', x => x.window),
    column(hexColumn, 'student_id', x => x.student),
    column(uint64Column, 'touch', () => touch),
    numberColumn(
      'at',
      'DateTime',
      Uint32Array.from(cohorts, () => second),
    ),
    column(uint8Column, 'done', () => 0),
  ])
}

/** An identifier that passes from one person to another; null: it is a person of its own. */
type Move = { identifier: string; from: string | null; to: string | null }

/** Touch every cohort that moved identifiers have scores in, for the identifier and both persons. */
export async function touchMovedScores(warehouse: Warehouse, moves: readonly Move[], touch: bigint): Promise<void> {
  const listed = moves
    .map(({ identifier, from, to }) => ({ identifier, left: from ?? identifier, joined: to ?? identifier }))
    .filter(({ left, joined }) => left !== joined)
    .map(({ identifier, left, joined }) => identifier + left + joined)
    .join('')
  if (listed === '') return
  await warehouse.command(
    `insert into touched_scores
     select distinct test, subject, window, arrayJoin([student_id, moves.left, moves.joined]), {touch:UInt64}, now(), 0
     from scores final
     inner join (
       select toFixedString(unhex(substring(move, 1, 64)), 32) as identifier,
         toFixedString(unhex(substring(move, 65, 64)), 32) as left, toFixedString(unhex(substring(move, 129, 64)), 32) as joined
       from (select arrayJoin(extractAll('${listed}', '.{192}')) as move)
     ) as moves on moves.identifier = scores.student_id`,
    { touch: String(touch) },
    { max_query_size: listed.length + 10_000 },
  )
}

/** What waits: cohorts and the numbers of their touches. */
export type PendingScores = {
  cohorts: { test: string; subject: string; window: string }[]
  /** What scores refer to was touched, or the roster: every cohort waits. */
  everything: boolean
  touches: bigint[]
}

/** The scores whose figures wait to be computed. */
export async function pendingScores(warehouse: Warehouse): Promise<PendingScores> {
  const found = await warehouse.query<{
    test: string
    subject: string
    window: string
    all: boolean
    touches: string[]
  }>(
    `select test, subject, window, max(student_id = unhex({every:String}))::Bool as all, groupUniqArray(toString(touch)) as touches
     from touched_scores final where done = 0 group by test, subject, window order by test, subject, window`,
    { every: EVERY_STUDENT },
  )
  return {
    cohorts: found.filter(({ all }) => !all).map(({ test, subject, window }) => ({ test, subject, window })),
    everything: found.some(({ all, test }) => all || test === ''),
    touches: [...new Set(found.flatMap(({ touches }) => touches))].map(BigInt),
  }
}

/** Clear exactly the touches that a computation has seen, after its figures are stored. */
export async function clearScores(warehouse: Warehouse, touches: readonly bigint[]): Promise<void> {
  await warehouse.command(
    `insert into touched_scores select test, subject, window, student_id, touch, at, 1 from touched_scores final
     where touch in {touches:Array(UInt64)} and done = 0`,
    { touches },
  )
}
