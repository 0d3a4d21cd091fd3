import type { Instrument } from '../../schemas/survey.ts'
import type { Day } from '../../schemas/record.ts'
import { html, type Html } from '../html.ts'
import type { SurveyPage } from './frame.ts'
import { dayIn, wordsIn, type Words } from './words.ts'

/** Where a page is, and in which languages it can be had. */
export type Place = { path: string; language: string; instrument: Instrument }

/** All pages were sent. */
export function thanksPage(place: Place, comesAgain: boolean): SurveyPage {
  const words = wordsIn(place.language)
  const isStudent = place.instrument.informant === 'student'
  return notice(
    place,
    words.thanks,
    [words.thanksLead, comesAgain && words.thanksLater, isStudent && words.notWatched],
    {
      more: comesAgain && withdrawForm(place.path, place.language),
    },
  )
}

/** @param next whether another of its windows will open the same link */
export function earlyPage(place: Place, begin: Day, comesAgain: boolean): SurveyPage {
  const words = wordsIn(place.language)
  return notice(place, words.early, [words.earlyNext(dayIn(place.language, begin))], {
    status: comesAgain ? 200 : 403,
    more: comesAgain && withdrawForm(place.path, place.language),
  })
}

export function overPage(place: Place): SurveyPage {
  const words = wordsIn(place.language)
  return notice(place, words.over, [words.overNext], { status: 410 })
}

/** Asks whether to be asked again and again; `withdrawn`: it was agreed or refused before. */
export function consentPage(place: Place, withdrawn: boolean): SurveyPage {
  const words = wordsIn(place.language)
  const { path, language, instrument } = place
  if (withdrawn) {
    const more = button(path, language, 'agree', words.agreeAfterAll)
    return notice(place, words.withdrawn, [words.withdrawnLead], { more })
  }
  const more = html`${button(path, language, 'agree', words.agree)} ${button(path, language, 'withdraw', words.decline)}`
  const said = [words.consentLead(instrument.items.length), words.consentStop, `${words.named} ${words.results}`]
  return notice(place, words.consent, said, { more })
}

/** Ends being asked. */
export const withdrawForm = (path: string, language: string): Html =>
  button(path, language, 'withdraw', wordsIn(language).withdraw, 'quiet')

/** What went wrong, by what is known of it; nothing of the survey is known here. */
export function problemPage(status: number, language: string, path: string | null): SurveyPage {
  const words = wordsIn(language)
  const [title, next] = said(status, words)
  const body = html`<h1>${title}</h1>
    <p class="lead">${next}</p>
    ${path !== null && html`<p><a class="button" href="${path}?lang=${language}">${words.again}</a></p>`}`
  return { title, language, body, status }
}

function said(status: number, words: Words): [title: string, next: string] {
  if (status === 404) return [words.unknown, words.unknownNext]
  if (status === 413) return [words.large, words.largeNext]
  if (status === 429) return [words.busy, words.busyNext]
  return status < 500 ? [words.foreign, words.foreignNext] : [words.failed, words.failedNext]
}

function notice(
  { path, language, instrument }: Place,
  title: string,
  lines: readonly (string | false)[],
  { status = 200, more = false }: { status?: number; more?: Html | false } = {},
): SurveyPage {
  const body = html`<h1>${title}</h1>
    ${lines.map(line => line !== false && html`<p class="lead">${line}</p>`)} ${more}`
  const languages = instrument.languages.map(one => ({ language: one, href: `${path}?lang=${one}` }))
  return { title, language, languages, body, status }
}

const button = (path: string, language: string, what: string, label: string, style = 'primary'): Html =>
  html`<form class="choose" method="post" action="${path}?lang=${language}">
    <button type="submit" class="${style}" name="do" value="${what}">${label}</button>
  </form>`
