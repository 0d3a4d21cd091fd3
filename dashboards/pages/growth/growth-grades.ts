import { indicator } from '../../../schemas/catalogue.ts'
import type { Point } from '../../charts/series.ts'
import { gradeScores } from '../../charts/grade-scores.ts'
import { frameOf } from '../../charts/trajectory.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { schoolYearOf } from '../../weeks.ts'
import { estimate } from '../../wording.ts'
import { figureCell, scrolling } from '../parts/cells.ts'
import { valueOf, type Measured } from './growth-rows.ts'

const SCORE = indicator('mean_score')
const FEW = 20

/** One grade of the newest school year, and the windows in which most of its students were in it, or in the grades before. */
type Followed = { grade: number; line: readonly GrowthRow[] }

/** Mean scores by grade, each grade followed back over the years: one small picture each. Null without grades. */
export function gradeTrajectories({ by, subject, test, rows }: Measured): Html | null {
  const followed = followedGrades(rows.filter(row => row.indicator === SCORE.id && row.slice.endsWith(`,${by}`)))
  const known = followed.flatMap(({ line }) => line).filter(isKnown)
  if (known.length < 2) return null
  const about = subject || 'all subjects'
  const frame = frameOf(known.flatMap(({ week, lo95, hi95 }) => [lo95, hi95].map(score => ({ day: week, score }))))
  return html`<div class="each">
    <h3>Scores by grade <span class="unit">${about}</span></h3>
    <p class="question">
      Mean scores of those who are in a grade now, followed back to the grades before: with 95% intervals, all on one
      scale. Some came and some left meanwhile.
    </p>
    <ul class="panels">
      ${followed.map(
        one =>
          html`<li>
            <h4>Now in grade ${one.grade}</h4>
            ${gradeScores({ label: labelOf(about, one), line: one.line.map(pointOf), frame })}
          </li>`,
      )}
    </ul>
    <details>
      <summary>Scores by grade in ${about}, as a table</summary>
      ${scrolling(`Scores by grade in ${about}, ${test}`, table(about, followed))}
    </details>
  </div>`
}

function followedGrades(rows: readonly GrowthRow[]): Followed[] {
  const graded = rows.flatMap(row => {
    const grade = valueOf(row.slice, 'grade')
    return /^\d+$/.test(grade) ? [{ row, grade: Number(grade), year: yearOf(row) }] : []
  })
  const now = Math.max(...graded.map(({ year }) => year))
  const grades = [...new Set(graded.filter(({ year }) => year === now).map(({ grade }) => grade))]
  return grades
    .toSorted((a, b) => a - b)
    .map(grade => ({
      grade,
      line: graded.filter(one => one.grade === grade - (now - one.year)).map(({ row }) => row),
    }))
    .filter(({ line }) => line.some(isKnown))
}

const yearOf = ({ week }: GrowthRow): number => Number(schoolYearOf(week).from.slice(0, 4))

type Known = GrowthRow & { value: number; lo95: number; hi95: number }
const isKnown = (row: GrowthRow): row is Known =>
  row.status === 'ok' && row.value !== null && row.lo95 !== null && row.hi95 !== null

const pointOf = (row: GrowthRow): Point =>
  isKnown(row)
    ? { week: row.week, value: row.value, lo95: row.lo95, hi95: row.hi95, small: row.n !== null && row.n < FEW }
    : { week: row.week, value: null, lo95: null, hi95: null, small: false }

function labelOf(about: string, { grade, line }: Followed): string {
  const known = line.filter(isKnown)
  const [first, last] = [known[0]!, known.at(-1)!]
  return (
    `Mean scores in ${about} of those now in grade ${grade}: ${estimate(SCORE, first)} in ${first.period}, ` +
    `${estimate(SCORE, last)} in ${last.period}. The table gives every window.`
  )
}

function table(about: string, followed: readonly Followed[]): Html {
  const windows = [...new Set(followed.flatMap(({ line }) => line.map(({ period }) => period)))]
  return html`<table>
    <caption>
      Mean scores in ${about} of those who are in a grade now: 95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Window</th>
        ${followed.map(({ grade }) => html`<th scope="col">Now grade ${grade}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${windows.map(
        window =>
          html`<tr>
            <th scope="row">${window}</th>
            ${followed.map(({ line }) =>
              figureCell(
                SCORE,
                line.find(({ period }) => period === window),
              ),
            )}
          </tr>`,
      )}
    </tbody>
  </table>`
}
