import type { FigureRow, Snapshot } from '../figures.ts'
import { html, type Html } from '../html.ts'
import { count, counted, moment } from '../wording.ts'

type Coverage = {
  /** The first indicator of the page's unit in the chosen week. */
  figure: FigureRow | undefined
  timeZone: string
}

/** What stands behind the district's figures: students, schools, and the snapshot they belong to. */
export function districtCoverage({
  figure,
  timeZone,
  snapshot,
  schools,
}: Coverage & { snapshot: Snapshot; schools: { reporting: number; all: number } }): Html {
  return section(
    html`${students(figure)}
      <p>
        ${schools.reporting} of ${counted(schools.all, 'school')} ${schools.all === 1 ? 'has' : 'have'} a figure for
        this week’s active days.
      </p>
      <p>
        Published ${moment(new Date(snapshot.published_ms), timeZone)} as snapshot ${snapshot.snapshot}, from everything
        that had arrived by ${moment(new Date(snapshot.as_of_ms), timeZone)}. A snapshot never changes; what arrives
        later is in the next one. ${hidden(snapshot)}
      </p>`,
  )
}

/**
 * What stands behind a school's figures.
 * @param liveAsOfMs storedAt of the newest record behind live figures; null if the school's figures are published ones
 */
export function schoolCoverage({
  figure,
  timeZone,
  snapshot,
  liveAsOfMs,
}: Coverage & { snapshot: Snapshot | undefined; liveAsOfMs: number | null }): Html {
  const own =
    liveAsOfMs === null
      ? html`The school’s figures are published ones.`
      : html`The school’s own figures are live: everything that had arrived by
        ${moment(new Date(liveAsOfMs), timeZone)}; they may still change.`
  const district = snapshot
    ? html`Published figures were made ${moment(new Date(snapshot.published_ms), timeZone)} (snapshot
      ${snapshot.snapshot}), from what had arrived by ${moment(new Date(snapshot.as_of_ms), timeZone)}.`
    : html`The district’s figures have not been published yet, so there is nothing to compare with.`
  return section(
    html`${students(figure)}
      <p>${own} ${district}</p>`,
  )
}

const section = (body: Html): Html =>
  html`<section aria-labelledby="coverage" class="coverage">
    <h2 id="coverage">What stands behind it</h2>
    ${body}
  </section>`

function students(figure: FigureRow | undefined): Html | false {
  const n = figure?.n ?? 0
  if (!figure || n === 0) return false
  const of = figure.enrolled === null ? count(n) : `${count(n)} of ${count(figure.enrolled)} enrolled`
  return html`<p>Behind this week’s active days stand ${of} students.</p>`
}

function hidden({ cells, suppressed }: Snapshot): string {
  if (suppressed === 0) return `None of its ${counted(cells, 'figure')} had to be hidden.`
  const said = `${count(suppressed)} ${suppressed === 1 ? 'is' : 'are'} not shown, to protect students in small groups.`
  return `Of its ${counted(cells, 'figure')}, ${said}`
}
