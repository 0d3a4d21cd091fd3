import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { mayEnter } from '../../access.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { count, longDay, windowName } from '../../wording.ts'
import { surveyWindows, type SurveyWindow } from './climate-facts.ts'
import { VOICE_NAMES, VOICES, type Voice } from './climate-rows.ts'
import type { Visit } from '../parts/visit.ts'

/** Of fewer not even their number is told. */
const LEAST = 10
/** Figures of a survey are published from 17 days after the Monday of its last day (processors/climate/README.md). */
const PUBLISHED_AFTER_DAYS = 17

type Unit = { type: 'school' | 'district'; id: string; tier: 'live' | 'published' }

/**
 * How many have answered so far in the windows that run, or have ended and are not published: their number only, no answer of
 * theirs. Of a school to who may see it live; of the district to who may see how far its data is.
 * @param published names of windows of which figures are published
 * @returns null where no survey is under way, or the reader may not see it
 */
export async function receivedSoFar(visit: Visit, unit: Unit, published: ReadonlySet<string>): Promise<Html | null> {
  const isLive = unit.type === 'school' ? unit.tier === 'live' : mayEnter(visit.reader, 'operations')
  if (!isLive) return null
  const { today } = visit
  const underWay = (await surveyWindows(visit)).filter(
    ({ begin, end, window }) =>
      begin <= today && !published.has(window) && today < addDays(end, 2 * PUBLISHED_AFTER_DAYS),
  )
  if (underWay.length === 0) return null
  const found = rows(
    Received,
    await visit.warehouse.query(RECEIVED, {
      instruments: underWay.map(({ instrument }) => instrument),
      windows: underWay.map(({ window }) => window),
      school: unit.type === 'school' ? unit.id : '',
    }),
  )
  const received = (window: string, voice: Voice): number =>
    found.find(row => row.window === window && row.informant === voice)?.received ?? 0
  const told = [...Map.groupBy(underWay, ({ window }) => window)].filter(([window, of]) => {
    const responses = VOICES.map(voice => received(window, voice))
    // A week's pulse that nobody answers is not worth a line, nor is a survey that nobody answered.
    const isAwaited = of.some(({ begin, end }) => today < end && addDays(begin, PULSE_DAYS) < end)
    return isAwaited || responses.some(n => n >= LEAST)
  })
  if (told.length === 0) return null
  const windows = told.toSorted(([, a], [, b]) => b.length - a.length).slice(0, MOST)
  return html`${windows.map(([window, of]) => {
    const voices = VOICES.filter(voice => of.some(({ informant }) => informant === voice))
    return html`<div class="received">
      <p>${whenText(window, of, today)}</p>
      <dl>
        ${voices.map(
          voice =>
            html`<div>
              <dt>${VOICE_NAMES[voice]}</dt>
              <dd>${receivedText(received(window, voice))}</dd>
            </div>`,
        )}
      </dl>
    </div>`
  })}`
}

/** Of windows with as many surveys the earlier one first. */
const MOST = 3
/** What is asked no longer than a week is a pulse. */
const PULSE_DAYS = 7

const receivedText = (n: number): string => (n < LEAST ? `fewer than ${LEAST} responses` : `${count(n)} responses`)

function whenText(window: string, of: readonly SurveyWindow[], today: string): Html {
  const end = of
    .map(one => one.end)
    .sort()
    .at(-1)!
  const last = addDays(end, -1)
  const runs = today < end
  const shown = longDay(addDays(mondayBefore(last), PUBLISHED_AFTER_DAYS))
  return html`<strong>Survey of ${windowName(window)}</strong> ${runs ? 'runs' : 'ran'} until ${longDay(last)}. Received
    so far, by voice; what was answered is shown from ${shown} on, when it is published.`
}

function mondayBefore(day: string): string {
  const weekday = (new Date(day).getUTCDay() + 6) % 7
  return addDays(day, -weekday)
}

const Received = z.object({ informant: z.enum(VOICES), window: z.string(), received: z.number() })
const RECEIVED = sql(new URL('./climate-received.sql', import.meta.url))
