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

/** Touch every cohort that identifiers have scores in: whose they are has changed. */
export async function touchScoresOf(
  warehouse: Warehouse,
  identifiers: readonly string[],
  touch: bigint,
): Promise<void> {
  if (identifiers.length === 0) return
  const listed = identifiers.join('')
  await warehouse.command(
    `insert into touched_scores
     select distinct test, subject, window, student_id, {touch:UInt64}, now(), 0 from scores final
     where student_id in (select toFixedString(unhex(arrayJoin(extractAll('${listed}', '.{64}'))), 32))`,
    { touch: String(touch) },
    { max_query_size: listed.length + 10_000 },
  )
}
