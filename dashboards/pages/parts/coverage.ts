import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { FigureRow, Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { count, counted, moment } from '../../wording.ts'

type Coverage = {
  /** The first indicator that the page's unit has a figure of in the chosen week, and that figure. */
  first: First | undefined
  timeZone: string
}

/** How many schools have a figure of that indicator in that week. */
type Schools = { reporting: number; all: number }
type First = { entry: CatalogueEntry; figure: FigureRow }

/** The first of these indicators that has a figure. */
export function firstFigure(
  entries: readonly CatalogueEntry[],
  of: (indicator: string) => FigureRow | undefined,
): First | undefined {
  for (const entry of entries) {
    const figure = of(entry.id)
    if (figure?.status === 'ok') return { entry, figure }
  }
  return undefined
}

/** What stands behind the district's figures: students, schools, and the snapshot they belong to. */
export function districtCoverage({
  first,
  timeZone,
  snapshot,
  schools,
}: Coverage & { snapshot: Snapshot; schools: Schools }): Html {
  return section(
    html`${students(first)}
      <p>${reporting(first, schools)}</p>
      <p>
        Published ${moment(new Date(snapshot.published_ms), timeZone)} as snapshot ${snapshot.snapshot}, from everything
        that had arrived by ${moment(new Date(snapshot.as_of_ms), timeZone)}. A snapshot never changes; what arrives
        later is in the next one. ${hidden(snapshot)}
      </p>`,
  )
}

/**
 * What stands behind a school's figures.
 * @param compared whether the page shows the district's figures beside them
 * @param liveAsOfMs storedAt of the newest record behind live figures; null if the school's figures are published ones
 */
export function schoolCoverage({
  first,
  timeZone,
  snapshot,
  liveAsOfMs,
  compared,
}: Coverage & { snapshot: Snapshot | undefined; liveAsOfMs: number | null; compared: boolean }): Html {
  const own =
    liveAsOfMs === null
      ? html`The school’s figures are published ones.`
      : html`The school’s own figures are live: everything that had arrived by
        ${moment(new Date(liveAsOfMs), timeZone)}; they may still change.`
  const published = snapshot
    ? html`Published figures were made ${moment(new Date(snapshot.published_ms), timeZone)} (snapshot
      ${snapshot.snapshot}), from what had arrived by ${moment(new Date(snapshot.as_of_ms), timeZone)}.`
    : html`The district’s figures have not been published yet, so there is nothing to compare with.`
  return section(
    html`${students(first)}
      <p>${own} ${(compared || liveAsOfMs === null) && published}</p>`,
  )
}

/** What stands behind the live figures of a class or an advisory. */
export function groupCoverage(
  entries: readonly CatalogueEntry[],
  of: (indicator: string) => FigureRow | undefined,
  asOfMs: number,
  timeZone: string,
): Html {
  return section(
    html`${students(firstFigure(entries, of))}
      <p>
        The figures are live: everything that had arrived by ${moment(new Date(asOfMs), timeZone)}; they may still
        change.
      </p>`,
  )
}

const section = (body: Html): Html =>
  html`<section aria-labelledby="coverage" class="coverage">
    <h2 id="coverage">What stands behind it</h2>
    ${body}
  </section>`

function students(first: First | undefined): Html | false {
  const n = first?.figure.n ?? 0
  if (!first || n === 0) return false
  const { enrolled } = first.figure
  const of = enrolled === null ? count(n) : `${count(n)} of ${count(enrolled)} enrolled`
  return html`<p>Behind this week’s ${first.entry.name.toLowerCase()} stand ${of} students.</p>`
}

function reporting(first: First | undefined, { reporting, all }: Schools): string {
  if (!first) return 'The district has no figure for this week.'
  const what = `a figure for this week’s ${first.entry.name.toLowerCase()}`
  return `${reporting} of ${counted(all, 'school')} ${all === 1 ? 'has' : 'have'} ${what}.`
}

function hidden({ cells, suppressed }: Snapshot): string {
  if (suppressed === 0) return `None of its ${counted(cells, 'figure')} had to be hidden.`
  const said = `${count(suppressed)} ${suppressed === 1 ? 'is' : 'are'} not shown, to protect students in small groups.`
  return `Of its ${counted(cells, 'figure')}, ${said}`
}
