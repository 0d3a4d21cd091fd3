import { html, type Html } from '../../html.ts'
import { gradeName } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { figureOf, type Climate } from './climate-facts.ts'
import { isLimited, RESPONSE, SCORE, VOICE_NAMES, type ClimateRow, type Voice } from './climate-rows.ts'
import { climateCell, responseText, scaleName } from './climate-words.ts'

/** Who answered, voice by voice and survey by survey: the number, of how many, and what that allows. */
export function responseList(climate: Climate): Html {
  return html`<dl class="response">
      ${climate.window.voices.map(
        voice =>
          html`<div>
            <dt>${VOICE_NAMES[voice]} who answered</dt>
            <dd>${responseTexts(climate, voice).join('; ')}</dd>
          </div>`,
      )}
    </dl>
    ${limitedNote(climate)}`
}

/** Once where all surveys of a voice have the same response. */
function responseTexts(climate: Climate, voice: Voice): string[] {
  const found = responsesOf(climate, voice)
  const texts = Map.groupBy(found, responseText)
  if (texts.size === 1) return [...texts.keys()]
  return found.map(row => `${responseText(row)} to “${climate.titles.get(row.instrument) || row.instrument}”`)
}

export function responsesOf({ rows, window }: Pick<Climate, 'rows' | 'window'>, voice: Voice): ClimateRow[] {
  return rows.filter(
    row => row.indicator === RESPONSE.id && row.informant === voice && row.window === window.id && row.grade === '',
  )
}

function limitedNote(climate: Climate): Html | null {
  const limited = climate.window.voices.filter(voice => responsesOf(climate, voice).some(isLimited))
  if (limited.length === 0) return null
  return html`<p class="marks">
    Limited: fewer than half of ${limited.map(voice => VOICE_NAMES[voice].toLowerCase()).join(' and ')} answered. Those
    who did not may feel otherwise; the intervals do not cover that, and schools are not compared by these figures.
  </p>`
}

/** Students by grade: who did not answer, and belonging where it is published. null where no grade is told. */
export function byGrade(climate: Climate): Html | null {
  const told = climate.rows.filter(
    row => row.window === climate.window.id && row.grade !== '' && row.informant === 'student',
  )
  const grades = [...new Set(told.map(({ grade }) => grade))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  if (grades.length < 2) return null
  const scales = ['scale=belonging', 'scale=safety', 'scale=liking'].filter(subject =>
    told.some(row => row.indicator === SCORE.id && row.subject === subject),
  )
  const { instrument } = told.find(row => scales.includes(row.subject)) ?? told[0]!
  const response = (grade: string) => figureOf(climate, 'student', RESPONSE.id, '', { grade, instrument })
  const table = html`<table class="figures">
    <caption>
      Students by grade; scores with 95% interval and, in small, best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Grade</th>
        <th scope="col">Answered</th>
        ${scales.map(subject => html`<th scope="col">${scaleName(subject.slice('scale='.length))}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${grades.map(
        grade =>
          html`<tr>
            <th scope="row">${gradeName(grade)}</th>
            <td>${responseText(response(grade))}</td>
            ${scales.map(subject => climateCell(SCORE, figureOf(climate, 'student', SCORE.id, subject, { grade })))}
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<section aria-labelledby="by-grade-climate">
    <h2 id="by-grade-climate">Who answered, by grade</h2>
    <p>${leastText(grades, response)}</p>
    ${scrolling('Students who answered, by grade', table)}
  </section>`
}

/** Grades with a low response: what is said of all students is said with few of theirs. */
function leastText(grades: readonly string[], response: (grade: string) => ClimateRow | undefined): string {
  const low = grades.filter(grade => isLimited(response(grade))).map(gradeName)
  if (low.length > 0)
    return `Fewer than half answered in grade${low.length > 1 ? 's' : ''} ${low.join(', ')}: what is said of all students is said with few of theirs.`
  if (!grades.some(grade => response(grade)?.status === 'ok')) return 'Of no grade can it be told how many answered.'
  return 'In every grade of which it can be told, half of the students or more answered.'
}
