import { html, type Html } from '../../html.ts'
import { frameOf, trajectory } from '../../charts/trajectory.ts'
import { longDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import {
  conditionalSentence,
  lineSentence,
  percentileSentence,
  percentileWords,
} from '../growth/growth-student-words.ts'
import type { Section } from '../parts/section.ts'
import type { StudentView } from '../student.ts'
import { newest, studentsGrowth, type StudentGrowth } from '../growth/students-growth.ts'
import type { Visit } from '../parts/visit.ts'

/** How one student grew, test by test: the range first, then the scores with the line through them. */
export async function growthOfStudent({ warehouse }: Visit, { student, name }: StudentView): Promise<Section | null> {
  const found = await studentsGrowth(warehouse, [student.student])
  if (found.length === 0) return null
  return {
    html: html`<section aria-labelledby="growth">
      <h2 id="growth">Growth</h2>
      <p class="how-to-read">
        A growth percentile compares a new score with those of students who had similar scores one and two years
        earlier. Its range says how far the test’s own error could move it. The line is drawn through all scores,
        towards the lines of others where a student’s own scores say little; its band holds the true line about 19 times
        in 20.
      </p>
      <div class="measures">${found.map(one => measure(name, one))}</div>
    </section>`,
  }
}

function measure(name: string, growth: StudentGrowth): Html {
  const { test, subject, scores } = growth
  const about = subject || 'All subjects'
  return html`<figure class="measure" aria-label="Growth in ${about}">
    <figcaption>
      <h3>${about} <span class="unit">${test}</span></h3>
      <p class="reading">${percentileSentence(name, newest(growth))}</p>
      <p>${lineSentence(growth)}</p>
      ${said(conditionalSentence(growth))}
    </figcaption>
    ${trajectory({
      label: labelOf(name, growth),
      scores: scores.map(({ day, score }) => ({ day, score })),
      line: growth.line,
      frame: frameOf(scores),
      size: 'whole',
    })}
    <details>
      <summary>Scores in ${about}, as a table</summary>
      ${scrolling(`Scores in ${about}, ${test}`, table(about, scores))}
    </details>
  </figure>`
}

const said = (sentence: Html | null): Html | null => sentence && html`<p>${sentence}</p>`

/** What the picture shows, in a sentence. */
export function labelOf(name: string, { subject, scores, line }: StudentGrowth): string {
  const [first, last] = [scores[0]!, scores.at(-1)!]
  const drawn = line === null ? 'no line is drawn' : `the line rises by ${line.slope.toFixed(1)} points a year`
  return (
    `Scores of ${name} in ${subject || 'all subjects'}, from ${first.score} in ${first.window} to ${last.score} in ` +
    `${last.window}; ${drawn}.`
  )
}

function table(about: string, scores: StudentGrowth['scores']): Html {
  return html`<table>
    <caption>
      Scores in ${about}, and growth percentiles with the range that the test’s error of measurement leaves
    </caption>
    <thead>
      <tr>
        <th scope="col">Window</th>
        <th scope="col">Taken</th>
        <th scope="col">Score</th>
        <th scope="col">Growth percentile</th>
      </tr>
    </thead>
    <tbody>
      ${scores.map(
        row =>
          html`<tr>
            <th scope="row">${row.window}</th>
            <td>${longDay(row.day)}</td>
            <td class="figure">${row.score}</td>
            ${percentileCell(row)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function percentileCell(row: StudentGrowth['scores'][number]): Html {
  const words = percentileWords(row)
  return words === null ? html`<td class="none">${row.reason || 'none'}</td>` : html`<td class="figure">${words}</td>`
}
