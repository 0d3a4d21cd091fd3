import type { School, Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { climatePath } from '../../layout.ts'
import { scrolling } from '../parts/cells.ts'
import type { Climate, Question } from './climate-facts.ts'
import {
  FAVOURABLE,
  isLimited,
  publishedRows,
  RESPONSE,
  VOICE_NAMES,
  type ClimateRow,
  type Voice,
} from './climate-rows.ts'
import { climateCell, responseText, wording } from './climate-words.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * Schools by name, never by value: who answered of each voice, and what they said to one question. Of a voice of which fewer
 * than half answered the figure stands, marked, and is not to be compared.
 * @returns null where nothing is published of any of these schools
 */
export async function schoolsByVoice(
  visit: Visit,
  { snapshot }: Snapshot,
  { window }: Climate,
  schools: readonly School[],
  question: Question | undefined,
): Promise<Html | null> {
  if (question === undefined) return null
  const subject = `item=${question.item}`
  const found = await publishedRows(visit, snapshot, { type: 'school', id: '' }, { window: window.id, subject })
  if (found.length === 0) return null
  const at = (school: School, voice: Voice, indicator: string): ClimateRow | undefined =>
    found.find(
      row =>
        row.unit_id === school.id &&
        row.informant === voice &&
        row.indicator === indicator &&
        row.grade === '' &&
        row.instrument === question.asked[voice]?.instrument,
    )
  const table = html`<table class="units">
    <caption>
      “${wording(question)}”: who answered, and the share of favourable answers among them, 95% interval and, in small,
      best estimate. By name.
    </caption>
    <thead>
      <tr>
        <th scope="col">School</th>
        ${window.voices.map(
          voice =>
            html`<th scope="col">${VOICE_NAMES[voice]} who answered</th>
              <th scope="col">${VOICE_NAMES[voice]}: favourable</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${schools.map(
        school =>
          html`<tr>
            <th scope="row"><a href="${climatePath({ type: 'school', id: school.id })}">${school.name}</a></th>
            ${window.voices.map(voice => {
              const response = at(school, voice, RESPONSE.id)
              return html`<td class="${isLimited(response) ? 'none' : ''}">${responseText(response)}</td>
                ${climateCell(FAVOURABLE, at(school, voice, FAVOURABLE.id))}`
            })}
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<h3>Three voices at each school</h3>
    ${scrolling('Three voices at each school', table)}
    <p class="marks">
      “Not shown”: hidden, so that nothing can be worked out about fewer than 10 people; sometimes another school is
      hidden with it. “Limited”: fewer than half answered, not to be compared. * 10 to 19 answers: drawn towards the
      district’s figure.
    </p>`
}
