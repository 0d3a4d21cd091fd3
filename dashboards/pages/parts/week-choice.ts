import type { Day } from '../../../schemas/record.ts'
import { html, trusted, type Html } from '../../html.ts'
import { periodOf, schoolYearOf, type KnownWeek } from '../../weeks.ts'
import { longDay } from '../../wording.ts'

/**
 * Choosing the week of a page: a form whose choice stands in the address, with links to the weeks before and after.
 * @param keep other choices in the address that must stay
 */
export function weekChoice(
  path: string,
  weeks: readonly KnownWeek[],
  chosen: Day,
  keep: Readonly<Record<string, string>> = {},
): Html {
  const at = weeks.findIndex(known => known.week === chosen)
  const [before, after] = [weeks[at - 1], weeks[at + 1]]
  const link = (known: KnownWeek | undefined, text: string, rel: string): Html | null =>
    known ? html`<a rel="${rel}" href="${address(path, { ...keep, week: periodOf(known.week) })}">${text}</a>` : null
  return html`<form class="week-choice" method="get" action="${path}" aria-label="Week">
    ${Object.entries(keep).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    ${link(at < 0 ? undefined : before, '← Week before', 'prev')}
    <label for="week">Week of</label>
    <select id="week" name="week">
      ${at < 0 && option(chosen, chosen)}${years(weeks).map(
        ([label, mondays]) =>
          html`<optgroup label="School year ${label}">${mondays.map(week => option(week, chosen))}</optgroup>`,
      )}
    </select>
    <button type="submit">Show</button>
    ${link(at < 0 ? undefined : after, 'Week after →', 'next')}
  </form>`
}

/** A path with choices. */
export function address(path: string, choices: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(choices).toString()
  return query ? `${path}?${query}` : path
}

const option = (week: Day, chosen: Day): Html =>
  html`<option value="${periodOf(week)}" ${week === chosen && trusted(' selected')}>${longDay(week)}</option>`

function years(weeks: readonly KnownWeek[]): [string, Day[]][] {
  const byYear = Map.groupBy(
    weeks.map(known => known.week),
    week => schoolYearOf(week).label,
  )
  return [...byYear].toReversed().map(([label, mondays]) => [label, mondays.toReversed()])
}
