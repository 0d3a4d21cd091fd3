import { catalogue } from '../../schemas/catalogue.ts'
import type { CodebookLine } from '../../schemas/codebook.ts'
import { html, type Html } from '../html.ts'
import { scrolling } from '../pages/parts/cells.ts'
import type { Content } from '../pages/parts/visit.ts'

export const researchPath = '/research'

/** `study`: of the reader's own, for how to connect; `citations`: of what may be cited. */
export type ForResearch = { lines: readonly CodebookLine[]; citations: readonly string[]; database: string }

/** For researchers and analysts: how to connect, what there is, how to cite it, what every column means. */
export function researchPage({ lines, citations, database }: ForResearch): Content {
  const tables = lines.filter(({ part }) => part === 'table')
  const body = html`<header class="opening">
      <h1>For research</h1>
      <p class="lead">
        Published figures, and the de-identified extract of a study, can be asked of ClickHouse directly. What every
        column means stands below, and is the same as in the database itself.
      </p>
    </header>
    ${connecting(database)} ${citing(citations)}
    <section aria-labelledby="codebook" class="downloads">
      <h2 id="codebook">Codebook</h2>
      <ul>
        <li><a href="/api/research/codebook.csv" download>CSV</a></li>
        <li><a href="/api/research/codebook.json" download>JSON</a></li>
      </ul>
      <p>
        ${tables.length} tables and ${catalogue.length} indicators. In each database with data for research the same
        lines are the table <code>codebook</code>.
      </p>
    </section>
    ${tables.map(table => tableSection(table, lines))} ${indicators(lines)}`
  return { title: 'For research', body, seen: [] }
}

function connecting(database: string): Html {
  return html`<section aria-labelledby="connect" class="query">
    <h2 id="connect">Connect</h2>
    <p>
      The operator makes a database user for a researcher of an approved study, and tells its address, name and
      password. Any client of ClickHouse’s HTTP interface works. In Python:
    </p>
    <pre tabindex="0" role="region" aria-label="Connect in Python"><code>import clickhouse_connect

client = clickhouse_connect.get_client(host=HOST, port=PORT, username=USER, password=PASSWORD)
client.query_df("select * from ${database}.codebook order by position")</code></pre>
    <p>
      Users read only, and only what they may: the published figures, and the tables of their own study. Before a table
      of results leaves your machine, look at it with <code>homeroom research check FILE</code>: small cells, and what
      would give them away.
    </p>
  </section>`
}

function citing(citations: readonly string[]): Html {
  return html`<section aria-labelledby="cite" class="downloads">
    <h2 id="cite">Cite</h2>
    ${
      citations.length === 0
        ? html`<p class="none">Nothing has been published yet.</p>`
        : html`${citations.map(citation => html`<p class="citation">${citation}</p>`)}`
    }
    <p>A snapshot never changes. Say its number, and whoever reads you finds the same figures.</p>
  </section>`
}

function tableSection(table: CodebookLine, lines: readonly CodebookLine[]): Html {
  const name = `${table.database}.${table.table}`
  const columns = lines.filter(
    line => line.part === 'column' && line.database === table.database && line.table === table.table,
  )
  const rows = columns.map(
    ({ name: column, type, meaning, unit, range, missing, source }) =>
      html`<tr>
        <th scope="row"><code>${column}</code></th>
        ${[meaning, type, unit, range, missing, source].map(text => html`<td>${text}</td>`)}
      </tr>`,
  )
  return html`<section aria-labelledby="${name}">
    <h2 id="${name}">${name}</h2>
    <p>${table.meaning}.</p>
    <details>
      <summary>${columns.length} columns</summary>
      ${scrolling(
        `Columns of ${name}`,
        html`<table>
          <thead>
            <tr>
              ${['Column', 'Meaning', 'Type', 'Unit', 'Range', 'Missing', 'Source'].map(head => html`<th scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>`,
      )}
    </details>
  </section>`
}

function indicators(lines: readonly CodebookLine[]): Html {
  const rows = lines
    .filter(({ part }) => part === 'indicator')
    .map(
      ({ name, meaning, unit, range, type }) =>
        html`<tr>
          <th scope="row"><code>${name}</code></th>
          ${[meaning, type, unit, range].map(text => html`<td>${text}</td>`)}
          <td><a href="/api/research/sql/${name}">how it is computed</a></td>
        </tr>`,
    )
  return html`<section aria-labelledby="indicators">
    <h2 id="indicators">Indicators</h2>
    <p>
      Ids in the column <code>indicator</code>. What computes one is a file, shown as it runs:
      <code>homeroom research reproduce</code> runs it again and compares every published figure.
    </p>
    <details>
      <summary>${rows.length} indicators</summary>
      ${scrolling(
        'Ids of indicators',
        html`<table>
          <thead>
            <tr>
              ${['Indicator', 'Meaning', 'How often', 'Unit', 'Range', 'Computed'].map(head => html`<th scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>`,
      )}
    </details>
  </section>`
}
