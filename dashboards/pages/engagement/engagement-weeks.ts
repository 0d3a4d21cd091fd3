import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { shortDay, unitAfter } from '../../wording.ts'
import { figureCell, scrolling } from '../parts/cells.ts'
import { MODES, modeMix, type Mode } from './modes.ts'
import type { At } from '../parts/shown.ts'
import { byTheme, type Themed } from '../parts/themes.ts'

type Weeks = {
  /** Whose figures they are, as descriptions have it: `the district`, or a name. */
  of: string
  entries: readonly CatalogueEntry[]
  chosen: Day
  at: At
  /** The district's figures, where they stand beside the unit's. */
  district?: At | undefined
  /** Draws one indicator week by week. */
  draw: (entry: CatalogueEntry) => Html
  /** Said once, below the first heading. */
  howToRead: Html
  /** The notes that the charts are marked with, told once, under the first of them. */
  notes?: Html | null
}

/**
 * The weekly figures of a unit by theme: what each is mainly about week by week, the rest in a table of the week shown, and how
 * time was spent. The one with charts first; a theme without figures is left out.
 */
export function engagementWeeks({ entries, howToRead, notes, ...weeks }: Weeks): Html {
  return html`${byTheme(entries).map(
    (themed, i) =>
      html`<section aria-labelledby="theme-${themed.theme.id}" class="theme">
        <h2 id="theme-${themed.theme.id}">${themed.theme.name}</h2>
        ${i === 0 && howToRead}
        ${themed.drawn.length > 0 && html`<div class="measures">${themed.drawn.map(weeks.draw)}</div>`}
        ${i === 0 && notes} ${themed.further.length > 0 && further(themed, weeks)}
        ${themed.theme.id === 'engagement' && mix(entries, weeks)}
      </section>`,
  )}`
}

function further(
  { theme, further: entries }: Themed,
  { of, chosen, at, district }: Omit<Weeks, 'entries' | 'howToRead' | 'notes'>,
): Html {
  const before = addDays(chosen, -7)
  const table = html`<table class="figures">
    <caption>
      95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Further figures</th>
        <th scope="col">Week of ${shortDay(chosen)}</th>
        <th scope="col">Week before</th>
        ${district && html`<th scope="col">District</th>`}
      </tr>
    </thead>
    <tbody>
      ${entries.map(
        entry =>
          html`<tr>
            <th scope="row">${entry.name}<span class="question">${entry.question}</span></th>
            ${figureCell(entry, at(entry.id, chosen))}${figureCell(entry, at(entry.id, before))}${
              district && figureCell(entry, district(entry.id, chosen))
            }
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<details class="further">
    <summary>Further figures of ${theme.name.toLowerCase()}: ${entries.map(entry => entry.name).join(', ')}</summary>
    ${scrolling(`Further figures of ${of}: ${theme.name}`, table)}
  </details>`
}

/** How learning time was spent, if the modes are known in the week shown. */
function mix(entries: readonly CatalogueEntry[], { of, chosen, at }: Pick<Weeks, 'of' | 'chosen' | 'at'>): Html | null {
  const minutes = Object.fromEntries(MODES.map(({ id }) => [id, at(`${id}_minutes`, chosen)?.value ?? 0])) as Record<
    Mode,
    number
  >
  const drawn = modeMix(of, minutes)
  const unit = entries.find(entry => entry.id === 'individual_minutes')
  if (!drawn || !unit) return null
  return html`<div class="mix">
    <h3>How learning time was spent</h3>
    <p class="question">
      Mean minutes by mode, ${unitAfter(unit)}. No mix is the right one: it is for asking, not for aiming at.
    </p>
    ${drawn}
  </div>`
}
