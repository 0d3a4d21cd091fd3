import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import type { Tier } from '../../access.ts'
import { html, type Html } from '../../html.ts'

/** What the shown indicators cannot know. */
export function cautions(entries: readonly CatalogueEntry[]): Html {
  return html`<section aria-labelledby="cautions" class="cautions">
    <h2 id="cautions">What these figures cannot know</h2>
    <ul>
      ${entries.map(entry => html`<li><strong>${entry.name}:</strong> ${entry.caution}</li>`)}
    </ul>
    <p><a href="/catalogue">How each figure is defined</a></p>
  </section>`
}

/** What the marks in a table mean. */
export function marks(tier: Exclude<Tier, 'none'>): Html {
  const small =
    tier === 'published'
      ? '* 10 to 19 students: drawn towards the district’s figure, because so few say little.'
      : '* Fewer than 20 students: such a figure moves a lot by chance.'
  const hidden = tier === 'published' && ' “Fewer than 10” or “not shown”: hidden, to protect the students.'
  return html`<p class="marks">${small}${hidden}</p>`
}
