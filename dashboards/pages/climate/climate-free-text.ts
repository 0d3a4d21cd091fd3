import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { openedWords } from '../../../infra/written-words.ts'
import { html, type Html } from '../../html.ts'
import { type Climate } from './climate-facts.ts'
import { responsesOf } from './climate-response.ts'
import { VOICE_NAMES } from './climate-rows.ts'
import { wording } from './climate-words.ts'
import type { Visit } from '../parts/visit.ts'

/** Of fewer texts to a question none is shown (indicators D4). */
const LEAST = 10

/**
 * What people of one school wrote in a window that is published, without who wrote it, in an order that says nothing. For
 * readers of the school's live figures; nothing is counted in it, summed up or guessed from it.
 * @returns null where no question has ten texts, or of no such voice the response is published
 */
export async function freeText(visit: Visit, climate: Climate): Promise<Html | null> {
  const shown = climate.window.voices.flatMap(voice =>
    responsesOf(climate, voice)
      .filter(({ status, n }) => status !== 'suppressed' && n !== null && n >= LEAST)
      .map(({ instrument }) => ({ voice, instrument })),
  )
  const items = climate.questions.filter(({ kind }) => kind !== 'scale').map(({ item }) => item)
  if (shown.length === 0 || items.length === 0) return null
  const found = rows(
    Written,
    await visit.warehouse.query(FREE_TEXT, {
      school: climate.unit.id,
      instruments: shown.map(({ instrument }) => instrument),
      windows: shown.map(() => climate.window.id),
      items,
    }),
  )
  const parts = await Promise.all(
    found.map(async ({ instrument, item, texts }) => {
      const read = (await openedWords(visit.warehouse, visit.secrets, texts)).filter(
        text => text !== null && text !== '',
      )
      if (read.length < LEAST) return null
      const { voice } = shown.find(one => one.instrument === instrument)!
      const question = climate.questions.find(one => one.item === item && one.asked[voice]?.instrument === instrument)
      return html`<details>
        <summary>${VOICE_NAMES[voice]}: ${question ? wording(question, voice) : item}</summary>
        <ul class="lines">
          ${read.map(text => html`<li><q>${text}</q></li>`)}
        </ul>
      </details>`
    }),
  )
  if (parts.every(part => part === null)) return null
  return html`<section aria-labelledby="own-words">
    <h2 id="own-words">In their own words</h2>
    <p class="how-to-read">
      Shown from ten texts on, without names and in no order. Do not try to find out who wrote what: people write when
      they can trust that nobody does.
    </p>
    ${parts}
  </section>`
}

const Written = z.object({ instrument: z.string(), item: z.string(), texts: z.array(z.string()) })
const FREE_TEXT = sql(new URL('./climate-free-text.sql', import.meta.url))
