import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { mayEnter } from '../access.ts'
import { html, type Html } from '../html.ts'
import { count, moment } from '../wording.ts'
import { scrolling } from './parts/cells.ts'
import type { Content, Visit } from './parts/visit.ts'
import { address } from './parts/week-choice.ts'

const PAGE = 200

const Asked = z.object({
  account: z.string().max(512).default(''),
  /** `student:<pseudonym>`, `school:<sourcedId>`. */
  unit: z.string().max(1024).default(''),
  /** Milliseconds since 1970: what came earlier. */
  before: z.coerce.number().int().nonnegative().max(8.64e15).default(0),
})

/**
 * Who saw what, who signed in, what was refused: the latest first. Looking is told to the audit too.
 * @throws HomeroomError SCOPE_DENIED for readers who do not operate Homeroom; QUERY_INVALID
 */
export async function auditPage({ reader, timeZone, query }: Visit, warehouse: Warehouse): Promise<Content> {
  if (!mayEnter(reader, 'audit')) throw new HomeroomError('SCOPE_DENIED', 'This page is for those who run Homeroom')
  const asked = Asked.safeParse(query)
  if (!asked.success) {
    throw new HomeroomError(
      'QUERY_INVALID',
      'expected account and unit as texts, and before as milliseconds since 1970',
    )
  }
  const { account, unit, before } = asked.data
  const found = rows(Line, await warehouse.query(AUDIT, { account, unit, before_ms: before }))
  const last = found.length === PAGE ? found.at(-1) : undefined
  const body = html`<header class="opening">
      <h1>Audit</h1>
      <p class="lead">Who saw live figures, who signed in, and what was refused: the latest first.</p>
    </header>
    <form class="week-choice" method="get" action="/audit" aria-label="Filter">
      <label for="account">Account</label> <input id="account" name="account" value="${account}" />
      <label for="unit">Unit</label>
      <input id="unit" name="unit" value="${unit}" placeholder="student:pseudonym" />
      <button type="submit">Show</button>
    </form>
    ${found.length === 0 ? html`<p>Nothing of the kind is stored.</p>` : scrolling('Table of the audit', table(found, timeZone))}
    ${
      last &&
      html`<p>
        <a rel="next" href="${address('/audit', { account, unit, before: String(last.at_ms) })}">Earlier entries</a>
      </p>`
    }`
  return { title: 'Audit', body, seen: [{ type: 'audit', id: unit || account }] }
}

function table(found: readonly Line[], timeZone: string): Html {
  return html`<table class="units">
    <caption>
      An entry is durable before the page that it tells of is sent; it is listed about a second later.
    </caption>
    <thead>
      <tr>
        ${['When', 'Who', 'What', 'Of whom', 'By', 'Why not'].map(head => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${found.map(
        line =>
          html`<tr>
            <th scope="row">${moment(new Date(line.at_ms), timeZone)}</th>
            <td>${line.account || 'nobody signed in'} ${line.role && `(${line.role})`} ${line.address}</td>
            <td>${line.action}</td>
            <td>${units(line)}</td>
            <td>${line.route}</td>
            <td>${[line.code, line.detail].filter(Boolean).join(': ')}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

const units = ({ units, unit_count }: Line): string =>
  units.join(', ') + (unit_count > units.length ? ` and ${count(unit_count - units.length)} more` : '')

type Line = z.infer<typeof Line>
const Line = z.object({
  at_ms: z.number(),
  account: z.string(),
  role: z.string(),
  action: z.string(),
  route: z.string(),
  units: z.array(z.string()),
  unit_count: z.int(),
  code: z.string(),
  detail: z.string(),
  address: z.string(),
})

const AUDIT = sql(new URL('./audit.sql', import.meta.url))
