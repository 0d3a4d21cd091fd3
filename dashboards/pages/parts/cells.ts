import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import { html, type Html } from '../../html.ts'
import { count, estimate, insteadOf, isBracket, isSmall, range, whyNot, type Figure } from '../../wording.ts'

/** A table's cell: the range, the estimate beside it in small, a mark where few students stand behind it; or why there is no number. */
export function figureCell(entry: CatalogueEntry, figure: Figure | undefined): Html {
  const said = range(entry, figure)
  if (said === null) {
    const reason = whyNot(figure)
    return html`<td class="none" ${reason && html` title="${reason}"`}>${insteadOf(figure)}</td>`
  }
  return html`<td class="figure">
    <span class="range">${said}</span> <span class="estimate">${estimate(entry, figure)}</span>${
      isSmall(figure) && html`<abbr class="few" title="Fewer than 20 students">*</abbr>`
    }
  </td>`
}

/** How many students stand behind a unit's figures; never a number where it is hidden. */
export function studentsCell(figures: readonly (Figure | undefined)[]): Html {
  const known = figures.find(
    figure => figure !== undefined && figure.n !== null && figure.n > 0 && figure.status !== 'suppressed',
  )
  if (known) return html`<td class="figure">${count(known.n ?? 0)}</td>`
  const hidden = figures.find(figure => figure?.status === 'suppressed')
  return html`<td class="none">${hidden ? (isBracket(hidden) ? 'not shown' : insteadOf(hidden)) : '–'}</td>`
}

/** Heads of the columns that `figureCell` fills. */
export function figureHeads(entries: readonly CatalogueEntry[]): Html[] {
  return entries.map(entry => html`<th scope="col">${entry.name}<span class="unit">${shortUnit(entry)}</span></th>`)
}

/** A wide table that scrolls inside its frame, by keyboard too, instead of widening the page. */
export function scrolling(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`
}

const shortUnit = (entry: CatalogueEntry): string =>
  entry.unit.startsWith('share of') ? `% of ${entry.unit.slice(9)}` : entry.unit
