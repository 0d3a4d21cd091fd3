import type { School, Snapshot } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { climatePath } from '../../layout.ts'
import { answerTo, climateOf, type Climate, type Question } from './climate-facts.ts'
import { questionFigure } from './climate-questions.ts'
import { receivedSoFar } from './climate-received.ts'
import { responseList } from './climate-response.ts'
import { FAVOURABLE, VOICES } from './climate-rows.ts'
import { schoolsByVoice } from './climate-schools.ts'
import { contradictions, scalesOf, scoresTable } from './climate-scores.ts'
import { domainName, domainOf, inDomainOrder, voicesSentence, windowText } from './climate-words.ts'
import type { Visit } from '../parts/visit.ts'

type Unit = { type: 'school' | 'district'; id: string; tier: 'live' | 'published' }

/**
 * How school feels, on the page of a school or the district: the newest survey, three voices side by side, from published
 * figures only; while a survey runs, how many have answered.
 * @param schools of the district that the reader may see; for the district only
 * @returns null where no survey is published or under way
 */
export async function climateOfUnit(
  visit: Visit,
  unit: Unit,
  snapshot: Snapshot | undefined,
  schools: readonly School[] = [],
): Promise<Html | null> {
  const climate = await climateOf(visit, snapshot, { type: unit.type, id: unit.type === 'district' ? '' : unit.id })
  const received = await receivedSoFar(visit, unit, new Set(climate?.windows.map(({ id }) => id)))
  if (climate === null && received === null) return null
  const byName =
    climate && snapshot && schools.length > 1
      ? await schoolsByVoice(visit, snapshot, climate, schools, keyItem(climate))
      : null
  return html`<section aria-labelledby="climate" class="climate">
    <h2 id="climate">How school feels</h2>
    ${climate && voices(climate, unit)} ${received} ${byName}
    ${climate && html`<p><a href="${climatePath(unit)}">Every question, topic and earlier survey</a></p>`}
  </section>`
}

function voices(climate: Climate, { type }: Unit): Html {
  const keys = keyQuestions(climate)
  const first = keys[0]
  const where = type === 'district' ? 'in the district' : 'here'
  return html`${first && html`<p class="sentence">${voicesSentence(climate, FAVOURABLE, first, where)}</p>`}
    ${responseList(climate)} ${contradictions(climate)}
    <div class="voices-grid">
      ${keys.map(question => questionFigure(climate, question, domainName(domainOf(question.domain))))}
    </div>
    ${scoresTable(climate, scalesOf(climate, isWhole))}
    <p class="marks">
      ${windowText(climate.window)}. Students, families and staff are never added up. Bars are 95% intervals; a bar
      without a dot is a share so near to none or all that only this much is told. ${FAVOURABLE.caution} Those who did
      not answer may feel otherwise.
    </p>`
}

/** Domains as a whole; of the competencies, which are formative, only the page of all questions tells. */
const isWhole = (scale: string): boolean => !scale.includes('/')

/** One question for each domain: the first that most voices were asked, and that agreement answers favourably. */
export function keyQuestions(climate: Climate): Question[] {
  const asked = climate.questions.filter(
    question =>
      question.kind === 'scale' &&
      question.domain !== '' &&
      domainOf(question.domain) !== 'sel' &&
      VOICES.some(voice => answerTo(climate, question, voice, FAVOURABLE.id)),
  )
  const voicesOf = ({ asked: by }: Question): number => Object.keys(by).length
  const isTurned = ({ asked: by }: Question): number => Number(Object.values(by).some(({ reverse }) => reverse))
  return inDomainOrder(asked.map(({ domain }) => domainOf(domain))).map(
    name =>
      asked
        .filter(({ domain }) => domainOf(domain) === name)
        .toSorted((a, b) => voicesOf(b) - voicesOf(a) || isTurned(a) - isTurned(b))[0]!,
  )
}

const keyItem = (climate: Climate): Question | undefined => keyQuestions(climate)[0]
