import { html, type Html } from '../html.ts'
import { citationOf, type Source } from './codebook.ts'
import { EXPLORED, type Asked } from './explorer.ts'
import { addressOf } from './question.ts'
import type { Plan } from './view.ts'

/** Files of exactly what is shown, and how to cite it. */
export function downloads(plan: Plan, source: Source): Html {
  const address = (ending: string): string =>
    addressOf({ ...plan.question, year: plan.year, snapshot: plan.snapshot.snapshot }, `/api/explore.${ending}`)
  return html`<section aria-labelledby="download" class="downloads">
    <h2 id="download">Take it with you</h2>
    <ul>
      ${FILES.map(([ending, name]) => html`<li><a href="${address(ending)}" download>${name}</a></li>`)}
      <li data-png="${address('svg')}" hidden>
        <button type="button" class="quiet" data-name="${fileName(plan)}">PNG (picture)</button>
      </li>
    </ul>
    <p class="how-to-read">
      The files hold every figure shown here, from this snapshot. The codebook says what each column means. To cite it:
    </p>
    <p class="citation">${citationOf(plan, source)}</p>
  </section>`
}

/** Under which name a browser keeps a file, without its ending. */
export const fileName = ({ question, snapshot }: Plan): string =>
  `homeroom-${question.entry.id}-snapshot-${snapshot.snapshot}`

const FILES = [
  ['csv', 'CSV'],
  ['parquet', 'Parquet'],
  ['arrow', 'Arrow'],
  ['svg', 'SVG (picture)'],
  ['txt', 'Codebook'],
] as const

/** The query behind the pictures and files, as it runs in ClickHouse. */
export function queryShown({ asked }: Plan): Html {
  return html`<details class="query">
    <summary>The query behind it, for ClickHouse</summary>
    <pre tabindex="0" role="region" aria-label="Query"><code>${runnable(asked)}</code></pre>
  </details>`
}

/** The parameters as ClickHouse's client takes them, then the text of the file. */
export function runnable(asked: Asked): string {
  const set = Object.entries(asked).map(([name, value]) => `SET param_${name} = ${literal(valueText(value))};`)
  return `${set.join('\n')}\n\n${EXPLORED.trim()};`
}

const valueText = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : `[${value.map(literal).join(', ')}]`

const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
