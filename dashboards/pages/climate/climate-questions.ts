import { voices, type VoiceMark } from '../../charts/voices.ts'
import { html, type Html } from '../../html.ts'
import { isBracket, range } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { answerTo, inEnglish, type Climate, type Question } from './climate-facts.ts'
import { FAVOURABLE, insteadOfAnswers, ITEM, VOICE_NAMES, VOICES, type ClimateRow, type Voice } from './climate-rows.ts'
import { climateCell, gapTexts, scaleName, wording } from './climate-words.ts'

/** One question: its wording, and what each voice that was asked says, side by side. */
export function questionFigure(climate: Climate, question: Question, label = ''): Html {
  const asked = VOICES.filter(voice => question.asked[voice])
  const rowOf = (voice: Voice): ClimateRow | undefined => answerTo(climate, question, voice, FAVOURABLE.id)
  const spans = asked.map(voice => {
    const row = rowOf(voice)
    return `${VOICE_NAMES[voice]} ${range(FAVOURABLE, row) ?? insteadOfAnswers(row)}`
  })
  const marks = asked.flatMap(voice => markOf(VOICE_NAMES[voice], rowOf(voice)))
  const picture = { names: asked.map(voice => VOICE_NAMES[voice]), marks, ends: [0, 1] as const }
  return html`<figure class="voices">
    <figcaption>
      ${label && html`<span class="topic">${label}</span>`} ${wordings(question)}
      <span class="spans">Favourable: ${spans.join('; ')}</span>
    </figcaption>
    ${marks.length > 0 && voices({ label: `Share of favourable answers. ${spans.join('; ')}.`, ...picture })}
  </figure>`
}

/** The questions of a domain as a table: every voice, mean answers beside shares, in every language. */
export function questionTable(climate: Climate, domain: string, questions: readonly Question[]): Html {
  const table = html`<table class="figures">
    <caption>
      95% interval and, in small, best estimate. Mean answers are on the scale of the survey, turned round where
      disagreement is favourable.
    </caption>
    <thead>
      <tr>
        <th scope="col">Question</th>
        <th scope="col">Who</th>
        <th scope="col">Answered it</th>
        <th scope="col">Favourable</th>
        <th scope="col">Mean answer</th>
      </tr>
    </thead>
    <tbody>
      ${questions.map(question => rowsOf(climate, question))}
    </tbody>
  </table>`
  return scrolling(`Questions about ${scaleName(domain).toLowerCase()}`, table)
}

function rowsOf(climate: Climate, question: Question): Html[] {
  const asked = VOICES.filter(voice => question.asked[voice])
  const gaps = gapTexts(climate, `item=${question.item}`, question)
  return asked.map((voice, i) => {
    const favourable = answerTo(climate, question, voice, FAVOURABLE.id)
    const mean = answerTo(climate, question, voice, ITEM.id)
    const n = [mean, favourable].find(row => row?.status === 'ok')?.n
    return html`<tr>
      ${
        i === 0 &&
        html`<th scope="rowgroup" rowspan="${asked.length}">
          ${wording(question)} ${translations(question)}
          ${isReworded(question) && html`<span class="question">Versions of the survey asked it in other words too.</span>`}
          ${gaps.length > 0 && html`<span class="question">Mean answers: ${gaps.join('; ')}.</span>`}
        </th>`
      }
      <td>${VOICE_NAMES[voice]}</td>
      <td class="${n === undefined ? 'none' : 'figure'}">${n ?? 'not shown'}</td>
      ${climateCell(FAVOURABLE, favourable)} ${climateCell(ITEM, mean)}
    </tr>`
  })
}

function markOf(name: string, row: ClimateRow | undefined): VoiceMark[] {
  if (row?.status === 'ok' && row.value !== null && row.lo95 !== null && row.hi95 !== null)
    return [{ name, value: row.value, lo95: row.lo95, hi95: row.hi95 }]
  if (row === undefined || !isBracket(row)) return []
  const edge = Number(/\d+/.exec(row.reason)![0]) / 100
  return [
    { name, value: null, ...(row.reason.startsWith('at most') ? { lo95: 0, hi95: edge } : { lo95: edge, hi95: 1 }) },
  ]
}

/** As each voice was asked: once where it is the same. */
function wordings(question: Question): Html {
  const texts = Map.groupBy(
    VOICES.filter(voice => question.asked[voice]),
    voice => wording(question, voice),
  )
  const turned = Object.values(question.asked).some(({ reverse }) => reverse)
  const note = turned && html` <span class="turned">(to disagree is favourable)</span>`
  if (texts.size === 1) return html`<span class="asked">${[...texts.keys()][0]!}${note}</span>`
  // Blocks for the eye; the blank is for those who hear it.
  return html`${[...texts].map(([text, who]) => {
    const names = who.map(voice => VOICE_NAMES[voice]).join(', ')
    return [html`<span class="asked"><span class="who">${names}:</span> ${text}</span>`, ' ']
  })}${note}`
}

const isReworded = ({ asked }: Question): boolean => Object.values(asked).some(({ wordings }) => wordings > 1)

/** In the other languages in which it was asked. */
function translations({ asked }: Question): Html[] {
  const one = VOICES.map(voice => asked[voice]).find(Boolean)!
  const shown = inEnglish(one.text)
  return Object.entries(one.text).flatMap(([language, text]) =>
    text === shown ? [] : [html`<span class="question" lang="${language}">${text}</span>`],
  )
}
