import { climateView } from '../../charts/climate-view.ts'
import { scaleOf, type Point } from '../../charts/series.ts'
import type { Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { addDays, allWeeks } from '../../weeks.ts'
import { isBracket, longDay, range } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { questionsIn, type Climate, type Question } from './climate-facts.ts'
import {
  FAVOURABLE,
  insteadOfAnswers,
  publishedRows,
  VOICE_NAMES,
  type ClimateRow,
  type Voice,
} from './climate-rows.ts'
import { climateCell, wording } from './climate-words.ts'
import type { Visit } from '../parts/visit.ts'

/** Questions that are asked again and again, as lines: published weeks only. null where no pulse is published. */
export async function pulseLines(
  visit: Pick<Visit, 'warehouse'>,
  { snapshot }: Snapshot,
  climate: Climate,
): Promise<Html | null> {
  const own = climate.rows.filter(row => climate.pulses.has(row.instrument) && row.indicator === FAVOURABLE.id)
  const newest = own.at(-1)
  if (newest === undefined) return null
  const questions = await questionsIn(visit, newest.window)
  const parts = await Promise.all(
    [...Map.groupBy(own, ({ subject, informant }) => `${informant} ${subject}`).values()].map(async found => {
      const { subject, informant, instrument } = found[0]!
      const question = questions.find(one => `item=${one.item}` === subject && one.asked[informant])
      const all = climate.unit.type === 'district' ? [] : await districtRows(visit, snapshot, subject)
      const district = all.filter(row => row.instrument === instrument && row.informant === informant)
      return line({ question, voice: informant, found, district })
    }),
  )
  return html`<section aria-labelledby="pulse">
    <h2 id="pulse">From week to week</h2>
    <p class="how-to-read">
      A short pulse between surveys: share of favourable answers of those who take part, who are not a sample of all.
      Weeks of which nothing can be shown are gaps.
    </p>
    <div class="voices-grid">${parts}</div>
  </section>`
}

async function districtRows(visit: Pick<Visit, 'warehouse'>, snapshot: string, subject: string): Promise<ClimateRow[]> {
  const found = await publishedRows(visit, snapshot, { type: 'district', id: '' }, { subject })
  return found.filter(({ indicator }) => indicator === FAVOURABLE.id)
}

type Line = {
  question: Question | undefined
  voice: Voice
  found: readonly ClimateRow[]
  district: readonly ClimateRow[]
}

function line({ question, voice, found, district }: Line): Html {
  const name = question ? wording(question, voice) : found[0]!.subject
  const weeks = allWeeks(found.map(({ week }) => week))
  const [own, behind] = [pointsOf(weeks, found), pointsOf(weeks, district)]
  const last = found.at(-1)!
  const said = range(FAVOURABLE, last) ?? insteadOfAnswers(last)
  const known = own.some(({ value }) => value !== null)
  const label = `${name} ${VOICE_NAMES[voice]}, week by week until ${longDay(last.week)}: in the end ${said} favourable. The table gives every week.`
  return html`<figure class="voices">
    <figcaption>
      <span class="topic">${VOICE_NAMES[voice]}</span> <span class="asked">${name}</span>
      <span class="spans"><strong>${said}</strong> favourable in the week of ${longDay(last.week)}</span>
    </figcaption>
    ${
      known &&
      climateView({
        label,
        weekly: true,
        own,
        district: behind,
        from: addDays(weeks[0]!, -3),
        to: addDays(weeks.at(-1)!, 3),
        scale: scaleOf(true, [own, behind]),
      })
    }
    <details>
      <summary>Week by week, as a table: ${name}</summary>
      ${scrolling(name, table(name, found))}
    </details>
  </figure>`
}

function table(name: string, found: readonly ClimateRow[]): Html {
  return html`<table>
    <caption>
      ${name} Share of favourable answers: 95% interval and best estimate
    </caption>
    <thead>
      <tr>
        <th scope="col">Week of</th>
        <th scope="col">Answered it</th>
        <th scope="col">Favourable</th>
      </tr>
    </thead>
    <tbody>
      ${found.map(
        row =>
          html`<tr>
            <th scope="row">${longDay(row.week)}</th>
            <td class="${row.n === null ? 'none' : 'figure'}">${row.n ?? 'not shown'}</td>
            ${climateCell(FAVOURABLE, row)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** A bracket has no point: its line is a gap there, and the table says it. */
function pointsOf(weeks: readonly string[], found: readonly ClimateRow[]): Point[] {
  return weeks.map(week => {
    const row = found.find(one => one.week === week)
    const { value, lo95, hi95 } = row?.status === 'ok' && !isBracket(row) ? row : NOTHING
    return { week, value, lo95, hi95, small: false }
  })
}

const NOTHING = { value: null, lo95: null, hi95: null }
