import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { tierOf, type SignedIn } from '../access.ts'
import type { School } from '../figures/figures.ts'
import { THEMES } from '../themes.ts'
import { html, trusted, type Html } from '../html.ts'
import { periodOf, schoolYearOf } from '../weeks.ts'
import { longDay } from '../wording.ts'
import { explorerPath, MOST_LINES, named, unitName, type Line } from './question.ts'
import type { Plan } from './view.ts'
import { groupName } from './words.ts'

/** Every control of the explorer: a form whose choices stand in the address, which works without a script. */
export function formOf(
  { question, series, chosen, year, snapshot, weeks }: Plan,
  reader: SignedIn,
  schools: readonly School[],
): Html {
  const at = question.week === undefined ? '' : periodOf(question.week)
  const units = [
    ['district', 'District'] as const,
    ...schools
      .filter(({ id }) => tierOf(reader, { type: 'school', id }) !== 'none')
      .map(({ id, name }) => [unitName({ type: 'school', id }), name] as const),
  ]
  const groups = chosen?.groups.map(group => [named(group), groupName(group)] as const) ?? []
  const years = [...new Set(series.flatMap(({ weeks }) => weeks).map(week => schoolYearOf(week).label))].sort()
  return html`<form class="explore" method="get" action="${explorerPath}" aria-label="What to show">
    <p>
      <label for="indicator">Indicator</label>
      <select id="indicator" name="indicator">
        ${PUBLISHED.map(
          ([name, entries]) =>
            html`<optgroup label="${name}">
              ${entries.map(entry => option([entry.id, entry.name], question.entry.id))}
            </optgroup>`,
        )}
      </select>
    </p>
    ${
      series.length > 1 &&
      html`<p>
        <label for="measure">Measured by</label>
        <select id="measure" name="measure">
          ${series.map(({ measure, name }) => option([named(measure), name], named(question.measure)))}
        </select>
      </p>`
    }
    <p>
      <label for="year">Time</label>
      <select id="year" name="year">
        ${years.toReversed().map(label => option([label.slice(0, 4), `School year ${label}`], String(year)))}
        ${option(['all', 'All years'], String(year))}
      </select>
    </p>
    <p>
      <label for="week">${PERIODS[question.entry.period]}</label>
      <select id="week" name="week">
        ${option(['', 'the newest'], at)} ${weeks.toReversed().map(week => option([periodOf(week), longDay(week)], at))}
      </select>
    </p>
    <fieldset>
      <legend>Compare up to four</legend>
      ${Array.from({ length: MOST_LINES }, (_, i) => lineChoice(question.lines[i], i + 1, units, groups))}
    </fieldset>
    ${question.snapshot !== undefined && html`<input type="hidden" name="snapshot" value="${snapshot.snapshot}" />`}
    <button type="submit" class="primary">Show</button>
  </form>`
}

/** What a choice of period is called; each is named by its Monday. */
const PERIODS = { week: 'Week', window: 'Window beginning', year: 'School year beginning' } as const

type Choice = readonly [value: string, text: string]

function lineChoice(line: Line | undefined, i: number, units: readonly Choice[], groups: readonly Choice[]): Html {
  const unit = line ? unitName(line.unit) : ''
  const group = named(line?.group ?? '')
  // A group that this indicator is not published for stays in the address, and so among the choices.
  const offered =
    group === '' || groups.some(([value]) => value === group)
      ? groups
      : [...groups, [group, groupName(line!.group)] as const]
  return html`<div class="line-choice">
    <label for="unit-${i}">Line ${i}</label>
    <select id="unit-${i}" name="unit">
      ${i > 1 && option(['', '–'], unit)} ${units.map(one => option(one, unit))}
    </select>
    <label for="group-${i}" class="unseen">Students of line ${i}</label>
    <select id="group-${i}" name="group">
      ${option(['', 'all students'], group)} ${offered.map(one => option(one, group))}
    </select>
  </div>`
}

const option = ([value, text]: Choice, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen && trusted(' selected')}>${text}</option>`

/** Indicators that are published at all, by what they are about. */
const PUBLISHED = THEMES.map(([name, entries]) => [name, entries.filter(isPublished)] as const).filter(
  ([, entries]) => entries.length > 0,
)

function isPublished({ units }: CatalogueEntry): boolean {
  return units.includes('school') || units.includes('district')
}
