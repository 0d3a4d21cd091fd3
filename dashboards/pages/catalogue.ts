import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { html, type Html } from '../html.ts'
import { THEMES } from '../themes.ts'
import { count, isShare } from '../wording.ts'
import type { Content } from './parts/visit.ts'

/** Every indicator: what it asks, in which unit, what it cannot know, where it comes from. */
export function cataloguePage(): Content {
  const body = html`<header class="opening">
      <h1>Indicators</h1>
      <p class="lead">Every figure that Homeroom shows, what it asks and what it cannot know.</p>
    </header>
    <nav class="contents no-print" aria-label="Contents">
      ${THEMES.map(
        ([name, entries]) =>
          html`<p>
            <strong>${name}</strong>
            ${entries.map(({ id, name: of }, i) => html`${i > 0 && ' · '}<a href="#${id}">${of}</a>`)}
          </p>`,
      )}
    </nav>
    ${THEMES.map(
      ([name, entries]) =>
        html`<h2>${name}</h2>
          ${entries.map(section)}`,
    )}`
  return { seen: [], title: 'Indicators', body }
}

function section(entry: CatalogueEntry): Html {
  const facts: [string, string][] = [
    [
      'Unit',
      isShare(entry)
        ? `${entry.unit}, shown in percent`
        : `${entry.unit}, ${count(entry.range[0])} to ${count(entry.range[1])}`,
    ],
    ['For', entry.units.join(', ')],
    [
      'Published',
      `from ${entry.minimumN} students on; from ${entry.minimumN} to 19 drawn towards the district’s figure`,
    ],
    ['Cannot know', entry.caution],
    ['Source', entry.source],
    ['Definition', `${entry.definition}, ${entry.code}, version ${entry.version}`],
    ['Computed by', entry.files.join(', ')],
  ]
  return html`<section class="entry" aria-labelledby="${entry.id}">
    <h3 id="${entry.id}">${entry.name}</h3>
    <p class="question">${entry.question}</p>
    <dl>
      ${facts.map(
        ([term, text]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
