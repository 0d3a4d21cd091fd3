import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import type { Climate } from './climate-facts.ts'
import type { Visit } from '../parts/visit.ts'

/** With fewer schools a correlation says nearly nothing, and single schools show through it. */
const LEAST_SCHOOLS = 20
const VIEWS = [
  ['growth', 'growth percentiles'],
  ['engagement', 'active days'],
  ['connectedness', 'sustained adult contact'],
] as const

/** Whether schools whose students feel that they belong differ in other figures, said as an association, with its interval. */
export async function associations(
  { warehouse }: Pick<Visit, 'warehouse'>,
  { snapshot }: Snapshot,
  { window }: Climate,
): Promise<Html> {
  const { id, begin, end } = window
  const found = rows(Row, await warehouse.query(ASSOCIATIONS, { snapshot, window: id, begin, end }))
  const told = VIEWS.map(
    ([view, name]) =>
      html`<li>
        ${sentence(
          name,
          found.find(row => row.view === view),
        )}
      </li>`,
  )
  return html`<section aria-labelledby="associations">
    <h2 id="associations">Across schools</h2>
    <p>Whether schools where students feel more that they belong also differ in other figures:</p>
    <ul class="lines">
      ${told}
    </ul>
    <p class="marks">
      Spearman’s rank correlation (−1 to 1, 0: none) of schools’ published figures with 20 people or more behind each,
      where at least half of the students answered. An association of schools: it does not say that one brings about the
      other, and nothing of single students.
    </p>
  </section>`
}

function sentence(name: string, row: z.infer<typeof Row> | undefined): string {
  const schools = row?.schools ?? 0
  if (schools < LEAST_SCHOOLS)
    return `With ${name}: too few schools to say. ${schools} ${schools === 1 ? 'has' : 'have'} both figures; ${LEAST_SCHOOLS} are needed.`
  const { r, lo95, hi95 } = row!
  if (r === null || lo95 === null || hi95 === null)
    return `With ${name}: cannot be said, the schools’ figures are all alike.`
  const said = `${number(lo95)} to ${number(hi95)} (best estimate ${number(r)}; ${schools} schools)`
  if (lo95 > 0) return `With ${name}: associated, higher where belonging is higher, ${said}.`
  if (hi95 < 0) return `With ${name}: associated, lower where belonging is higher, ${said}.`
  return `With ${name}: no association can be told from chance, ${said}.`
}

const number = (value: number): string => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(2)}`

const Nullable = z.number().nullable()
const Row = z.object({ view: z.string(), schools: z.int(), r: Nullable, lo95: Nullable, hi95: Nullable })
const ASSOCIATIONS = sql(new URL('./climate-associations.sql', import.meta.url))
