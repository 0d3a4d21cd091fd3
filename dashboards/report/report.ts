import { HomeroomError } from '../../infra/errors.ts'
import { denied, tierOf, type Unit } from '../access.ts'
import { html, trusted, type Html } from '../html.ts'
import { LANGUAGES, type Language } from '../language.ts'
import { reportPath, schoolPath } from '../layout.ts'
import { loadingPage } from '../pages/loading.ts'
import { address } from '../pages/parts/week-choice.ts'
import type { Content, Visit } from '../pages/parts/visit.ts'
import { periodOf, schoolYearOf } from '../weeks.ts'
import { changesOf, changesSection } from './changes.ts'
import { reportFacts, type Facts } from './facts.ts'
import { pictures } from './pictures.ts'
import { questionsOf, questionsSection } from './questions.ts'
import { saidIn, type Said } from './said.ts'
import { sentences } from './sentences.ts'

/**
 * `/schools/ID/report`: one school on two to four sheets, in English or Spanish, for who has five minutes. What its page
 * shows, live for its principal, published for others; what changed, and three questions worth asking.
 * @throws HomeroomError SCOPE_DENIED for a school outside the reader's scope, whether it exists or not; NOT_FOUND;
 *   QUERY_INVALID for a language or a week that there is not
 */
export async function reportPage(visit: Visit, id: string): Promise<Content> {
  const unit: Unit = { type: 'school', id }
  const tier = tierOf(visit.reader, unit)
  if (tier === 'none') throw denied(visit.reader, unit)
  const school = visit.schools.find(one => one.id === id)
  if (!school) throw new HomeroomError('NOT_FOUND', `No school has the id ${JSON.stringify(id)}`)
  const language = languageOf(visit.query.lang)
  if (tier === 'live') visit.sees([unit])
  const facts = await reportFacts(visit, school, tier)
  if (facts === null) return loadingPage(visit, `The report of ${school.name}`)
  const body = report({ facts, language, timeZone: visit.timeZone, controls: controls(facts, saidIn(language)) })
  return { title: saidIn(language).words.title(school.name), body, language, seen: [] }
}

type Report = {
  facts: Facts
  language: Language
  timeZone: string
  /** What stands on the page only: choices and links. */
  controls?: Html
}

/** A report's content: the same on the page, in the file and on paper. */
export function report({ facts, language, timeZone, controls: above }: Report): Html {
  const said = saidIn(language)
  const { words, numbers } = said
  const changes = changesOf(facts, said)
  const { school, week, tier } = facts
  return html`<article class="report">
    <header class="opening">
      <h1>${school.name}</h1>
      <p class="lead">${week === null ? words.leadWithoutWeek : words.lead(numbers.day(week))}</p>
      <p class="earlier">${tier === 'live' ? words.live : words.published}</p>
      ${above}
    </header>
    <section aria-labelledby="sentences">
      <h2 id="sentences">${words.headings.sentences}</h2>
      ${sentences(facts, said)}
    </section>
    ${changesSection(facts, changes, said)} ${questionsSection(questionsOf(facts, changes, said), said)}
    ${pictures(facts, said)} ${coverage(facts, said, timeZone)}
  </article>`
}

/** @throws HomeroomError QUERY_INVALID */
export function languageOf(asked: unknown): Language {
  if (asked === undefined || asked === '') return 'en'
  const found = LANGUAGES.find(language => language === asked)
  if (found !== undefined) return found
  throw new HomeroomError('QUERY_INVALID', `lang is ${JSON.stringify(asked)}; expected ${LANGUAGES.join(' or ')}`)
}

function coverage({ snapshot, asOfMs, tier }: Facts, { words, numbers }: Said, timeZone: string): Html {
  const live = tier === 'live' && asOfMs !== null && words.coverage.live(numbers.moment(asOfMs, timeZone))
  const published = snapshot
    ? words.coverage.snapshot(
        snapshot.snapshot,
        numbers.moment(snapshot.published_ms, timeZone),
        numbers.moment(snapshot.as_of_ms, timeZone),
      )
    : words.coverage.noSnapshot
  return html`<section aria-labelledby="behind" class="coverage">
    <h2 id="behind">${words.headings.behind}</h2>
    <p>${live} ${published} ${words.figures.intervals}. ${words.figures.small}</p>
    <p>${words.coverage.rules} ${words.coverage.questions} ${words.coverage.defined}</p>
  </section>`
}

function controls({ school, week, known }: Facts, { language, words, numbers }: Said): Html {
  const path = reportPath(school.id)
  const other: Language = language === 'en' ? 'es' : 'en'
  const at: Record<string, string> = week === null ? {} : { week: periodOf(week) }
  const years = Map.groupBy(known.toReversed(), one => schoolYearOf(one.week).label)
  const choice = html`<form class="week-choice" method="get" action="${path}" aria-label="${words.controls.label}">
    <input type="hidden" name="lang" value="${language}" />
    <label for="week">${words.controls.week}</label>
    <select id="week" name="week">
      ${[...years].map(
        ([label, weeks]) =>
          html`<optgroup label="${label}">
            ${weeks.map(
              one =>
                html`<option value="${periodOf(one.week)}" ${one.week === week && trusted(' selected')}>
                  ${numbers.day(one.week)}
                </option>`,
            )}
          </optgroup>`,
      )}
    </select>
    <button type="submit">${words.controls.show}</button>
  </form>`
  return html`<div class="no-print report-controls">
    ${known.length > 0 && choice}
    <p>
      <a href="${address(path, { lang: other, ...at })}" hreflang="${other}" lang="${other}">${words.controls.other}</a>
      · <a href="${address(schoolPath(school.id), at)}">${words.controls.back}</a> · ${words.controls.print}
    </p>
  </div>`
}
