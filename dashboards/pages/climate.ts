import { HomeroomError } from '../../infra/errors.ts'
import { denied, tierOf } from '../access.ts'
import { html, trusted, type Html } from '../html.ts'
import { climatePath, schoolPath } from '../layout.ts'
import { associations } from './climate/climate-associations.ts'
import { climateOf, type Climate, type Question } from './climate/climate-facts.ts'
import { fourViews } from './climate/climate-four-views.ts'
import { freeText } from './climate/climate-free-text.ts'
import { keyQuestions } from './climate/climate-of-unit.ts'
import { pulseLines } from './climate/climate-pulse.ts'
import { questionFigure, questionTable } from './climate/climate-questions.ts'
import { receivedSoFar } from './climate/climate-received.ts'
import { byGrade, responseList } from './climate/climate-response.ts'
import { FAVOURABLE, SCORE } from './climate/climate-rows.ts'
import { schoolsByVoice } from './climate/climate-schools.ts'
import { contradictions, reliabilityTable, scalesOf, scoresTable } from './climate/climate-scores.ts'
import {
  domainName,
  domainOf,
  inDomainOrder,
  scaleName,
  voicesSentence,
  windowText,
  wording,
} from './climate/climate-words.ts'
import type { Content, Visit } from './parts/visit.ts'
import { address } from './parts/week-choice.ts'
import { windowName } from '../wording.ts'

type Unit = { type: 'school' | 'district'; id: string; name: string; tier: 'live' | 'published' }

/**
 * How school feels at one school, question by question: published figures, and to its principal what people wrote.
 * @throws HomeroomError SCOPE_DENIED for a school outside the reader's scope, whether it exists or not; NOT_FOUND; QUERY_INVALID
 */
export async function climateOfSchoolPage(visit: Visit, id: string): Promise<Content> {
  const unit = { type: 'school', id } as const
  const tier = tierOf(visit.reader, unit)
  if (tier === 'none') throw denied(visit.reader, unit)
  const school = visit.schools.find(one => one.id === id)
  if (!school) throw new HomeroomError('NOT_FOUND', `No school has the id ${JSON.stringify(id)}`)
  if (tier === 'live') visit.sees([unit])
  return climatePage(visit, { ...unit, name: `at ${school.name}`, tier })
}

/**
 * How school feels in the district, question by question, with every school that the reader may see.
 * @throws HomeroomError SCOPE_DENIED, QUERY_INVALID
 */
export async function climateOfDistrictPage(visit: Visit): Promise<Content> {
  if (tierOf(visit.reader, { type: 'district', id: '' }) === 'none')
    throw new HomeroomError('SCOPE_DENIED', 'Your account may not see figures of students')
  return climatePage(visit, { type: 'district', id: '', name: 'in the district', tier: 'published' })
}

async function climatePage(visit: Visit, unit: Unit): Promise<Content> {
  const snapshot = await visit.figures.snapshot()
  const asked = typeof visit.query.window === 'string' && visit.query.window !== '' ? visit.query.window : undefined
  const climate = await climateOf(visit, snapshot, unit, asked)
  if (climate === null && asked !== undefined)
    throw new HomeroomError(
      'QUERY_INVALID',
      `window is ${JSON.stringify(asked)}; expected one of which something is published`,
    )
  const received = await receivedSoFar(visit, unit, new Set(climate?.windows.map(({ id }) => id)))
  const title = `How school feels ${unit.name}`
  if (climate === null || snapshot === undefined) return { title, body: nothingYet(title, received), seen: [] }
  const question = chosenQuestion(visit, climate)
  const [views, pulse, schools, across, words] = await Promise.all([
    fourViews(visit, snapshot, unit),
    pulseLines(visit, snapshot, climate),
    unit.type === 'district' ? schoolsByVoice(visit, snapshot, climate, schoolsOf(visit), question) : null,
    unit.type === 'district' ? associations(visit, snapshot, climate) : null,
    unit.type === 'school' && unit.tier === 'live' ? freeText(visit, climate) : null,
  ])
  const bySchool =
    schools &&
    html`<section aria-labelledby="by-school">
      <h2 id="by-school">By school</h2>
      ${questionChoice(climate, question)} ${schools}
    </section>`
  const body = html`${opening(climate, unit, received)} ${contradictions(climate)} ${bySchool} ${views} ${pulse}
  ${across} ${scores(climate)} ${domains(climate)} ${byGrade(climate)} ${words} ${reliability(climate)}`
  return { title, body, seen: [] }
}

function nothingYet(title: string, received: Html | null): Html {
  return html`<header class="opening">
      <h1>${title}</h1>
      <p class="lead">No survey has been published yet.</p>
    </header>
    ${received ?? html`<p>Figures appear when a survey has ended and late answers have come; until then nothing of it is shown.</p>`}`
}

function opening(climate: Climate, unit: Unit, received: Html | null): Html {
  const first = keyQuestions(climate)[0]
  const isDistrict = unit.type === 'district'
  const where = isDistrict ? 'in the district' : 'here'
  const back = isDistrict
    ? { href: '/district', text: 'The district, week by week' }
    : { href: schoolPath(unit.id), text: 'The school, week by week' }
  return html`<header class="opening">
    <h1>How school feels ${unit.name}</h1>
    ${first && html`<p class="lead">${voicesSentence(climate, FAVOURABLE, first, where)}</p>`}
    <p class="earlier">
      Asked in ${windowText(climate.window)}. Published figures; students, families and staff are never added up.
    </p>
    ${windowChoice(climate, unit)} ${responseList(climate)} ${received}
    <p><a href="${back.href}">${back.text}</a></p>
  </header>`
}

function windowChoice({ windows: all, window }: Climate, unit: Unit): Html | null {
  // A pulse is read as a line.
  const windows = all.filter(one => !one.isPulse || one === window)
  if (windows.length < 2) return null
  return html`<nav class="tabs" aria-label="Survey">
    <ul>
      ${windows.slice(0, MOST_WINDOWS).map(
        ({ id }) =>
          html`<li>
            <a
              href="${address(climatePath(unit), { window: id })}"
              ${id === window.id && trusted(' aria-current="true"')}
              >${windowName(id)}</a
            >
          </li>`,
      )}
    </ul>
  </nav>`
}

const MOST_WINDOWS = 12

function scores(climate: Climate): Html | null {
  const found = scoresTable(
    climate,
    scalesOf(climate, scale => domainOf(scale) !== 'sel'),
  )
  if (found === null) return null
  return html`<section aria-labelledby="scores">
    <h2 id="scores">Scores by topic</h2>
    <p class="how-to-read">${SCORE.caution}</p>
    ${found}
  </section>`
}

/** Every question, domain by domain; the competencies say that they are formative. */
function domains(climate: Climate): Html[] {
  const scaled = climate.questions.filter(({ kind, domain }) => kind === 'scale' && domain !== '')
  return inDomainOrder(scaled.map(({ domain }) => domainOf(domain))).map(name => {
    const questions = scaled.filter(({ domain }) => domainOf(domain) === name)
    const topics = [...Map.groupBy(questions, ({ domain }) => domain)]
    const id = `domain-${name.replaceAll(/[^\w-]/g, '-')}`
    return html`<section aria-labelledby="${id}">
      <h2 id="${id}">${domainName(name)}</h2>
      ${name === 'sel' && formative(climate)}
      ${topics.map(
        ([topic, of]) =>
          html`${topic !== name && html`<h3>${scaleName(topic)}</h3>`}
            <div class="voices-grid">${of.map(question => questionFigure(climate, question))}</div>`,
      )}
      <details>
        <summary>${domainName(name)}: every question as a table, as it was asked in each language</summary>
        ${questionTable(climate, name, questions)}
      </details>
    </section>`
  })
}

function formative(climate: Climate): Html {
  return html`<p class="how-to-read">
      <strong>Formative:</strong> what classes and larger groups say of themselves, to talk about with them; never a
      judgement about one student, and not a grade of a teacher or a school.
    </p>
    ${scoresTable(
      climate,
      scalesOf(climate, scale => domainOf(scale) === 'sel'),
      'Table of scores of the competencies',
    )}`
}

function reliability(climate: Climate): Html | null {
  const table = reliabilityTable(climate)
  if (table === null) return null
  return html`<section aria-labelledby="reliability">
    <h2 id="reliability">How far the scores can be relied on</h2>
    <p class="how-to-read">
      A score is shown where three questions or more hang together (alpha .70 or more) in 100 complete answers or more;
      else the single questions are. Families’ questions are always read one by one.
    </p>
    <details>
      <summary>Reliability of every topic, and answers given without looking</summary>
      ${table}
    </details>
  </section>`
}

const schoolsOf = ({ schools, reader }: Visit): Visit['schools'] =>
  schools.filter(({ id }) => tierOf(reader, { type: 'school', id }) !== 'none')

const scaledOnes = ({ questions }: Climate): Question[] =>
  questions.filter(({ kind, domain }) => kind === 'scale' && domain !== '')

function chosenQuestion(visit: Visit, climate: Climate): Question | undefined {
  return scaledOnes(climate).find(({ key }) => key === visit.query.question) ?? keyQuestions(climate)[0]
}

function questionChoice(climate: Climate, chosen: Question | undefined): Html {
  const all = scaledOnes(climate)
  return html`<form
    class="week-choice"
    method="get"
    action="${climatePath(climate.unit)}#by-school"
    aria-label="Question"
  >
    <input type="hidden" name="window" value="${climate.window.id}" />
    <label for="question">Question</label>
    <select id="question" name="question">
      ${inDomainOrder(all.map(({ domain }) => domainOf(domain))).map(
        name =>
          html`<optgroup label="${domainName(name)}">
            ${all
              .filter(({ domain }) => domainOf(domain) === name)
              .map(
                question =>
                  html`<option value="${question.key}" ${question === chosen && trusted(' selected')}>
                    ${wording(question)}
                  </option>`,
              )}
          </optgroup>`,
      )}
    </select>
    <button type="submit">Show</button>
  </form>`
}
