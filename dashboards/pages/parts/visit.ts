import { HomeroomError } from '../../../infra/errors.ts'
import type { Secrets } from '../../../infra/secrets.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import type { Day } from '../../../schemas/record.ts'
import type { Seen, SignedIn } from '../../access.ts'
import type { Annotations } from '../../annotations/annotations.ts'
import type { Figures, School } from '../../figures/figures.ts'
import type { Html } from '../../html.ts'
import type { Language } from '../../language.ts'
import type { Names } from '../../people/names.ts'
import { mondayOf, openingWeek, type KnownWeek } from '../../weeks.ts'

/** What a page is made of: who reads, what they asked for, and where figures come from. */
export type Visit = {
  reader: SignedIn
  figures: Figures
  /** Dated notes on charts. */
  annotations: Annotations
  /** Names of the reader's own students. */
  names: Names
  /** What is live; of a student only after `names.student` has let the reader in. */
  warehouse: Warehouse
  /** Opens what is sealed under a person's key. */
  secrets: Pick<Secrets, 'masterSecret'>
  /** The local day in the district. */
  today: Day
  schools: readonly School[]
  timeZone: string
  query: Readonly<Record<string, unknown>>
  /** Path and query of the page. */
  address: string
  /** The token that a form of the page needs. */
  csrf: () => string
  /**
   * Tells the audit at once of units that the page will show live, so that its line becomes durable while the page is made.
   * Those that only the page's rows name stand in its content's `seen`.
   */
  sees: (units: readonly Seen[]) => void
}

export type Content = {
  title: string
  body: Html
  status?: number
  /** In which it is written; default: English. */
  language?: Language
  /** Address of a script that adds to the page when it stands; the page is whole without. Default: none. */
  script?: string
  /**
   * Units of which live figures are shown, and students of whom anything is, beside those of `Visit.sees`: told to the audit
   * before the page is sent.
   */
  seen: readonly Seen[]
}

/**
 * The week of a page: the one in the address, else the one that pages open on.
 * @param asOfMs instant up to which records had arrived
 * @throws HomeroomError QUERY_INVALID if the address names no ISO week
 */
export function chosenWeek(
  { query, timeZone }: Pick<Visit, 'query' | 'timeZone'>,
  weeks: readonly KnownWeek[],
  asOfMs: number,
): Day | undefined {
  const asked = query.week
  if (asked === undefined || asked === '') return openingWeek(weeks, localDay(asOfMs, timeZone))
  const monday = typeof asked === 'string' ? mondayOf(asked) : null
  if (monday) return monday
  throw new HomeroomError(
    'QUERY_INVALID',
    `week is ${JSON.stringify(asked)}; expected an ISO week, for example 2026-W10`,
  )
}

const localDay = (ms: number, timeZone: string): Day =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(ms))
