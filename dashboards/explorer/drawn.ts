import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import type { Mark } from '../charts/marks.ts'

/** Who stands behind a figure: students, or who answered a survey, also families and staff. */
export const countedOf = ({ domain }: Pick<CatalogueEntry, 'domain'>): 'students' | 'answers' =>
  domain === 'climate' ? 'answers' : 'students'

/** What the page tells its script of the pictures, beside their file. */
export type Drawn = {
  entry: CatalogueEntry
  /** Mondays of the periods, ascending. */
  weeks: readonly Day[]
  /** The period that is read out; null: none. */
  at: Day | null
  /** First and last day of the time axis. */
  time: readonly [Day, Day]
  /** Dated notes on each line's picture. */
  marks: readonly (readonly Mark[])[]
  /** Address of the figures as Arrow. */
  arrow: string
}
