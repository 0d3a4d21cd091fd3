import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import type { FigureRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { insteadOf, whyNot, withoutWeek } from '../../wording.ts'

/** The figures of one unit. */
export type At = (indicator: string, week: Day) => FigureRow | undefined

/** The indicators that have a figure in at least one of the weeks, for at least one of the units. */
export function withFigures(
  entries: readonly CatalogueEntry[],
  weeks: readonly Day[],
  units: readonly At[],
): CatalogueEntry[] {
  return entries.filter(({ id }) => units.some(at => weeks.some(week => at(id, week)?.status === 'ok')))
}

/** Names the indicators that a page leaves out for want of figures, and why; null if it leaves out none. */
export function withoutFigures(missing: readonly CatalogueEntry[], weeks: readonly Day[], at: At): Html | null {
  if (missing.length === 0) return null
  const byReason = Map.groupBy(missing, ({ id }) => reasonOf(weeks.map(week => at(id, week))))
  const said = [...byReason].map(([reason, entries]) => `${entries.map(e => e.name).join(', ')} (${reason})`)
  return html`<p class="without how-to-read">No figures this school year: ${said.join('; ')}.</p>`
}

/** The reason that most weeks give; a week without school says nothing about the others. */
function reasonOf(found: readonly (FigureRow | undefined)[]): string {
  const rows = found.filter(row => row !== undefined)
  const inSchool = rows.filter(row => row.status !== 'not_applicable')
  const reasons = Map.groupBy(inSchool.length > 0 ? inSchool : rows, row => whyNot(row) || insteadOf(row))
  const [most] = [...reasons].toSorted(([, a], [, b]) => b.length - a.length)
  return withoutWeek(most?.[0] ?? whyNot(undefined))
}
