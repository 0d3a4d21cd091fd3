import { html, type Html } from '../../html.ts'
import { count } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { figureOf, shownDifference, type Climate, type ScaleFacts } from './climate-facts.ts'
import { RESPONSE, SCORE, VOICE_NAMES, type Voice } from './climate-rows.ts'
import {
  changeText,
  climateCell,
  domainName,
  domainOf,
  gapTexts,
  inDomainOrder,
  scaleName,
  wording,
} from './climate-words.ts'

/** Families have no scores: their questions are read one by one. */
const SCORED: readonly Voice[] = ['student', 'staff']

/** Mean scores of students and staff, with what has changed and how far they are apart. null where nobody was asked a scale. */
export function scoresTable(climate: Climate, scales: readonly string[], label = 'Table of scores'): Html | null {
  if (scales.length === 0) return null
  const changed = climate.differences.some(({ kind }) => kind === 'window')
  const table = html`<table class="figures">
    <caption>
      Mean answer on the survey’s scale${endsText(climate)}: 95% interval and, in small, best estimate. “–”: not asked
      before, not shown on both sides, or too few to compare.
    </caption>
    <thead>
      <tr>
        <th scope="col">About</th>
        ${SCORED.map(
          voice =>
            html`<th scope="col">${VOICE_NAMES[voice]}</th>
              ${changed && html`<th scope="col">${VOICE_NAMES[voice]}, since the window before</th>`}`,
        )}
        <th scope="col">Between them</th>
      </tr>
    </thead>
    <tbody>
      ${scales.map(scale => scoreRow(climate, scale, changed))}
    </tbody>
  </table>`
  return scrolling(label, table)
}

function scoreRow(climate: Climate, scale: string, changed: boolean): Html {
  const subject = `scale=${scale}`
  return html`<tr>
    <th scope="row">
      ${scale.includes('/') ? `${domainName(domainOf(scale))}: ${scaleName(scale)}` : scaleName(scale)}
    </th>
    ${SCORED.map(
      voice =>
        html`${climateCell(SCORE, figureOf(climate, voice, SCORE.id, subject))}
        ${changed && html`<td class="change">${changeText(shownDifference(climate, 'window', subject, [voice, voice]))}</td>`}`,
    )}
    <td class="change">${gapTexts(climate, subject).join('; ') || '–'}</td>
  </tr>`
}

/** Scales of which something is published, in reading order. */
export function scalesOf(climate: Climate, isWanted: (scale: string) => boolean): string[] {
  const found = climate.rows.flatMap(({ indicator, informant, subject, window, grade }) =>
    indicator === SCORE.id && SCORED.includes(informant) && window === climate.window.id && grade === ''
      ? [subject.slice('scale='.length)]
      : [],
  )
  const wanted = [...new Set(found)].filter(isWanted).sort()
  return inDomainOrder(wanted.map(domainOf)).flatMap(domain => wanted.filter(scale => domainOf(scale) === domain))
}

/** What must be known before any score is believed: questions that contradict each other. null where none do. */
export function contradictions(climate: Climate): Html | null {
  const found = climate.scales.filter(isContrary)
  if (found.length === 0) return null
  const said = found.map(scale => {
    const named = scale.contrary.map(item => {
      const question = climate.questions.find(one => one.item === item)
      return question ? `“${wording(question, voiceOf(climate, scale) ?? undefined)}” (${item})` : item
    })
    const who = VOICE_NAMES[voiceOf(climate, scale) ?? 'student'].toLowerCase()
    return html`<li>
      ${domainName(domainOf(scale.scale))}${scale.scale.includes('/') && `, ${scaleName(scale.scale).toLowerCase()}`},
      asked of ${who}: ${named.join(', ') || 'alpha is below 0'}
    </li>`
  })
  return html`<div class="problems" role="note">
    <p>
      <strong>The questions contradict each other.</strong> Who agrees with these questions disagrees with the others of
      the same topic. Most likely the survey’s key is wrong: check which questions are reverse-coded before you read
      anything else of this topic.
    </p>
    <ul>
      ${said}
    </ul>
  </div>`
}

/** How far the scores can be relied on, over the district. */
export function reliabilityTable(climate: Climate): Html | null {
  const scales = climate.scales.filter(one => SCORED.includes(voiceOf(climate, one) ?? 'family'))
  const domains = inDomainOrder(scales.map(({ scale }) => domainOf(scale)))
  const found = domains.flatMap(domain =>
    SCORED.flatMap(voice => scales.filter(one => domainOf(one.scale) === domain && voiceOf(climate, one) === voice)),
  )
  if (found.length === 0) return null
  const table = html`<table class="figures">
    <caption>
      Over the district: alpha with Feldt’s 95% interval; omega of one factor; how much of the differences lies between
      schools
    </caption>
    <thead>
      <tr>
        <th scope="col">About</th>
        <th scope="col">Who</th>
        <th scope="col">Complete answers</th>
        <th scope="col">Alpha</th>
        <th scope="col">Omega</th>
        <th scope="col">Between schools (ICC)</th>
        <th scope="col">Reported as</th>
      </tr>
    </thead>
    <tbody>
      ${found.map(
        scale =>
          html`<tr>
            <th scope="row">
              ${domainName(domainOf(scale.scale))}${scale.scale.includes('/') && `: ${scaleName(scale.scale)}`}
            </th>
            <td>${VOICE_NAMES[voiceOfInstrument(climate, scale.instrument) ?? 'student']}</td>
            <td>${about(scale.complete)}</td>
            <td class="figure">${alphaText(scale)}</td>
            <td class="figure">${figure(scale, scale.omega, 2)}</td>
            <td class="figure">${figure(scale, scale.icc1, 3)}</td>
            <td>${scale.status === 'ok' ? 'a score' : `single questions only: ${reasonOf(scale)}`}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`${scrolling('Table of reliability', table)} ${careless(climate)}`
}

/** Answers given without looking, of each survey. */
function careless(climate: Climate): Html {
  const surveys = [...Map.groupBy(climate.scales, ({ instrument }) => instrument)]
  const said = surveys.flatMap(([instrument, scales]) => {
    const voice = voiceOfInstrument(climate, instrument)
    return voice === null
      ? []
      : [`${VOICE_NAMES[voice]} (${climate.titles.get(instrument) || instrument}): ${about(scales[0]!.straight_lined)}`]
  })
  return html`<p class="marks">
    Gave one and the same answer to eight questions or more, to those put the wrong way round too; counted, not left
    out: ${said.join('; ')}.
  </p>`
}

/** To tens, and of few not even that: these counts follow every late answer. */
const about = (n: number): string =>
  n === 0 ? 'none' : n < 10 ? 'fewer than 10' : `about ${count(Math.floor(n / 10) * 10)}`

/** Of fewer answers than a score needs nothing is told that follows from them. */
const ENOUGH = 100

function alphaText({ complete, alpha, alpha_lo95, alpha_hi95 }: ScaleFacts): string {
  if (alpha === null || complete < ENOUGH) return '–'
  if (alpha_lo95 === null || alpha_hi95 === null) return number(alpha, 2)
  return `${number(alpha_lo95, 2)} to ${number(alpha_hi95, 2)} (${number(alpha, 2)})`
}

const figure = ({ complete }: ScaleFacts, value: number | null, decimals: number): string =>
  value === null || complete < ENOUGH ? '–' : number(value, decimals)

/** With a minus, and none before 0. */
const number = (value: number, decimals: number): string =>
  value
    .toFixed(decimals)
    .replace(/^-(?=0\.?0*$)/, '')
    .replace('-', '−')

/** Without its numbers of answers, which follow every late one. */
function reasonOf({ reason, alpha, complete }: ScaleFacts): string {
  if (alpha !== null && alpha < 0 && complete >= LEAST) return 'the questions contradict each other'
  if (complete < ENOUGH) return `fewer than ${ENOUGH} complete answers`
  if (reason.startsWith('questions: ')) return 'fewer than 3 questions'
  return reason.split(/[;:]/)[0] ?? ''
}

/** Whether its questions contradict each other, as far as enough people show it. */
const isContrary = ({ contrary, alpha, complete }: ScaleFacts): boolean =>
  complete >= LEAST && (contrary.length > 0 || (alpha !== null && alpha < 0))

const LEAST = 10

const voiceOf = (climate: Climate, { instrument }: ScaleFacts): Voice | null => voiceOfInstrument(climate, instrument)

export function voiceOfInstrument(climate: Climate, instrument: string): Voice | null {
  const row = climate.rows.find(one => one.indicator === RESPONSE.id && one.instrument === instrument)
  return row?.informant ?? null
}

/** `, 1 (Strongly disagree) to 4 (Strongly agree)`, where all questions have the same. */
function endsText({ questions }: Climate): string {
  const scaled = questions.filter(({ kind }) => kind === 'scale')
  const ends = new Set(scaled.map(({ min, max }) => `${min} ${max}`))
  if (ends.size !== 1) return ''
  const { min, max } = scaled[0]!
  const labels = scaled.flatMap(({ asked }) => Object.values(asked).map(one => one.labels.en ?? []))
  const named = (value: number, at: number): string => {
    const said = new Set(labels.map(of => of.at(at) ?? ''))
    return said.size === 1 && !said.has('') ? `${value} (${[...said][0]!.toLowerCase()})` : String(value)
  }
  return `, ${named(min, 0)} to ${named(max, -1)}`
}
