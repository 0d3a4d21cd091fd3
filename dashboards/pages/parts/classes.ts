import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import type { Tier } from '../../access.ts'
import type { ClassRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { classPath } from '../../layout.ts'
import { longDay } from '../../wording.ts'
import { marks } from './cautions.ts'
import { figureCell, figureHeads, scrolling, studentsCell } from './cells.ts'
import { byTheme, type Themed } from './themes.ts'

const ORDER = new Intl.Collator('en', { numeric: true })

type Classes = {
  entries: readonly CatalogueEntry[]
  found: readonly ClassRow[]
  tier: Exclude<Tier, 'none'>
  week: Day
}

/** Advisories, then (folded away: there may be many) classes, of one school in one week: by label, never by value. */
export function classesTable({ entries, found, tier, week }: Classes): Html {
  const advisories = found.filter(row => row.unit_type === 'advisory')
  const classes = found.filter(row => row.unit_type === 'class')
  return html`<section class="new-page" aria-labelledby="classes">
    <h2 id="classes">Advisories and classes in the week of ${longDay(week)}</h2>
    <p class="how-to-read">
      ${tier === 'live' ? 'Live figures, for people of this school only.' : 'Published figures.'} They invite a question
      to those who know the class: one with few traces in connected tools may simply be working without them.
    </p>
    ${advisories.length > 0 && byTheme(entries).map((themed, i) => themeTable('Advisory', themed, advisories, tier, i === 0))}
    ${classes.length > 0 && byTheme(entries).map(themed => themeTable('Class', themed, classes, tier, false))}
    ${marks(tier)}
  </section>`
}

/** What a theme is mainly about, of every unit; folded away where there is much of it. */
function themeTable(
  heading: 'Advisory' | 'Class',
  { theme, drawn }: Themed,
  found: readonly ClassRow[],
  tier: Exclude<Tier, 'none'>,
  open: boolean,
): Html | null {
  if (drawn.length === 0) return null
  const many = heading === 'Class' ? 'classes' : 'advisories'
  const table = scrolling(`Table of ${many}: ${theme.name}`, unitsTable(heading, drawn, found, tier === 'live'))
  if (open) return table
  return html`<details>
    <summary>${theme.name} by ${heading.toLowerCase()}, as a table</summary>
    ${table}
  </details>`
}

/** @param linked whether the reader may open the pages of these */
function unitsTable(
  heading: string,
  entries: readonly CatalogueEntry[],
  found: readonly ClassRow[],
  linked: boolean,
): Html {
  const units = [...Map.groupBy(found, row => row.unit_id).values()]
  const sorted = units.toSorted((a, b) => ORDER.compare(a[0]!.label, b[0]!.label))
  return html`<table class="units">
    <caption>
      95% interval and, in small, best estimate. By label.
    </caption>
    <thead>
      <tr>
        <th scope="col">${heading}</th>
        <th scope="col">Students</th>
        ${figureHeads(entries)}
      </tr>
    </thead>
    <tbody>
      ${sorted.map(rows => {
        const figures = entries.map(entry => rows.find(row => row.indicator === entry.id))
        return html`<tr>
          <th scope="row">${name(rows[0]!, linked)}</th>
          ${studentsCell(rows)}${entries.map((entry, i) => figureCell(entry, figures[i]))}
        </tr>`
      })}
    </tbody>
  </table>`
}

const name = ({ unit_id, label }: ClassRow, linked: boolean): Html | string =>
  linked ? html`<a href="${classPath(unit_id)}">${label}</a>` : label
