import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { catalogue, type CatalogueEntry } from '../../../schemas/catalogue.ts'
import { IndicatorRow } from '../../../schemas/indicator.ts'
import { gradeCurve, type GradePoint } from '../../charts/grade-curve.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { comparison, estimate, gradeName, isShare, range, unitAfter } from '../../wording.ts'
import { figureCell, scrolling } from '../parts/cells.ts'
import type { Visit } from '../parts/visit.ts'

type Unit = { type: 'school' | 'district'; id: string; tier: 'live' | 'published' }
type YearRow = z.infer<typeof YearRow>

/**
 * Engagement grade by grade, over whole school years: does it fall toward grade 12? A cohort's own way is a diagonal of the
 * table. Null before the first school year has figures of two grades.
 * @param unit of which the caller has asked what the reader may see
 */
export async function engagementByGrade(
  { warehouse }: Pick<Visit, 'warehouse'>,
  unit: Unit,
  snapshot: Snapshot | undefined,
): Promise<Html | null> {
  const found = await yearsOf(warehouse, unit, snapshot)
  const measures = catalogue
    .filter(({ period }) => period === 'year')
    .flatMap(entry => {
      const of = found.filter(row => row.indicator === entry.id)
      return of.filter(row => row.status === 'ok').length < 2 ? [] : [measure(entry, of)]
    })
  if (measures.length === 0) return null
  return html`<section aria-labelledby="by-grade">
    <h2 id="by-grade">By grade, toward grade 12</h2>
    <p class="how-to-read">
      Means over a whole school year, of students with four weeks or more. Dots with 95% intervals: the newest school
      year; dashed: the one before. Grades are different students: what a cohort did from one year to the next stands on
      the diagonals of the tables.
    </p>
    <div class="measures">${measures}</div>
  </section>`
}

async function yearsOf(warehouse: Visit['warehouse'], unit: Unit, snapshot: Snapshot | undefined): Promise<YearRow[]> {
  const params = { unit_type: unit.type, unit_id: unit.type === 'district' ? '' : unit.id }
  if (unit.tier === 'live') return rows(YearRow, await warehouse.query(LIVE_YEARS, params))
  if (!snapshot) return []
  return rows(YearRow, await warehouse.query(PUBLISHED_YEARS, { ...params, snapshot: snapshot.snapshot }))
}

function measure(entry: CatalogueEntry, found: readonly YearRow[]): Html {
  const years = [...new Set(found.map(({ period }) => period))].toSorted()
  const grades = [...new Set(found.map(({ grade }) => grade))].toSorted(byGrade)
  const at = (grade: string, year: string | undefined): YearRow | undefined =>
    found.find(row => row.grade === grade && row.period === year)
  const points = (year: string | undefined): GradePoint[] =>
    grades.map(grade => {
      const { value = null, lo95 = null, hi95 = null, status } = at(grade, year) ?? {}
      const known = status === 'ok'
      return {
        grade: gradeName(grade),
        value: known ? value : null,
        lo95: known ? lo95 : null,
        hi95: known ? hi95 : null,
      }
    })
  const [newest, before] = [years.at(-1)!, years.at(-2)]
  const sentence = fromTo(entry, grades, grade => at(grade, newest))
  const id = `grade-${entry.id}`
  return html`<figure class="measure" aria-labelledby="${id}">
    <figcaption>
      <h3 id="${id}">${entry.name}</h3>
      <p class="question">${entry.question}</p>
      <p class="reading-text">${sentence}</p>
    </figcaption>
    ${gradeCurve({
      label: `${entry.name} by grade in ${newest}. ${sentence} The table gives every grade and year.`,
      share: isShare(entry),
      newest: points(newest),
      before: before === undefined ? [] : points(before),
    })}
    <details>
      <summary>${entry.name} by grade and school year, as a table</summary>
      ${scrolling(`${entry.name} by grade and school year`, table(entry, grades, years, at))}
    </details>
  </figure>`
}

/** `Grade 9: 66 to 70%; grade 12: 52 to 57%, below it.` The lowest and the highest grade with figures, compared by intervals. */
function fromTo(entry: CatalogueEntry, grades: readonly string[], at: (grade: string) => YearRow | undefined): string {
  const known = grades.filter(grade => at(grade)?.status === 'ok')
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || first === last) return 'Of too few grades there are figures.'
  const word = comparison(at(last), at(first))
  const said = word === 'not distinguishable' ? 'not distinguishable from it' : `${word} it`
  const of = (grade: string): string => range(entry, at(grade)) ?? estimate(entry, at(grade)) ?? ''
  return `Grade ${gradeName(first)}: ${of(first)} ${unitAfter(entry)}; grade ${gradeName(last)}: ${of(last)}, ${said}.`
}

function table(
  entry: CatalogueEntry,
  grades: readonly string[],
  years: readonly string[],
  at: (grade: string, year: string) => YearRow | undefined,
): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Grade</th>
        ${years.map(year => html`<th scope="col">${year.replace('-', '–')}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${grades.map(
        grade =>
          html`<tr>
            <th scope="row">${gradeName(grade)}</th>
            ${years.map(year => figureCell(entry, at(grade, year)))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** What comes before the first grade, then grades by number. */
const byGrade = (a: string, b: string): number => {
  const [x, y] = [Number(a), Number(b)]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(!Number.isNaN(x)) - Number(!Number.isNaN(y)) || (a < b ? -1 : 1)
  return x - y
}

const YearRow = IndicatorRow.pick({
  indicator: true,
  period: true,
  value: true,
  lo95: true,
  hi95: true,
  n: true,
  status: true,
  reason: true,
}).extend({ grade: z.string() })

const PUBLISHED_YEARS = sql(new URL('./published-years.sql', import.meta.url))
const LIVE_YEARS = sql(new URL('./live-years.sql', import.meta.url))
