import { html, trusted, type Html } from '../html.ts'
import { addDays } from '../weeks.ts'
import type { Instrument, InstrumentItem } from '../../schemas/survey.ts'
import { pagesOf, type Asked } from './asked.ts'
import { declinedIn, fieldOf, LONGEST_TEXT, type SentPage } from './form.ts'
import type { SurveyPage } from './frame.ts'
import { withdrawForm } from './notices.ts'
import type { Given } from './states.ts'
import { dayIn, wordsIn, type Words } from './words.ts'

export type Questions = {
  asked: Extract<Asked, { is: 'open' }>
  path: string
  language: string
  /** From 0. */
  page: number
  /** What was sent and has to be corrected. */
  refused?: SentPage
}

/** One page of questions. */
export function questionsPage({ asked, path, language, page, refused }: Questions): SurveyPage {
  const { instrument, window, state, link } = asked
  const words = wordsIn(language)
  const pages = pagesOf(instrument)
  const items = pages[page]!
  const title = instrument.title[language] ?? Object.values(instrument.title)[0] ?? instrument.instrument
  const given = refused ? { ...state.given, ...refused.given } : state.given
  const texts = refused?.texts ?? {}
  const faults = new Map(refused?.faults.map(({ item, is }) => [item, is] as const))
  const body = html`<header class="opening">
      <h1>${title}</h1>
      ${page === 0 && html`<p class="lead">${words.lead}</p>`}
      ${pages.length > 1 && progress(page, pages.length, words)}
    </header>
    ${faults.size > 0 && problems(items, faults, { language, words })}
    <form method="post" action="${path}?lang=${language}">
      <input type="hidden" name="page" value="${page}" />
      ${items.map(item => question(item, { instrument, language, words, given: given[item.id], text: texts[item.id], fault: faults.get(item.id) }))}
      <p class="actions">
        <button type="submit" class="primary">${page === pages.length - 1 ? words.send : words.next}</button>
        ${page > 0 && html`<a href="${path}?lang=${language}&page=${page}">${words.back}</a>`}
      </p>
    </form>
    <footer>
      ${pages.length > 1 && html`<p>${words.goOn}</p>`}
      <p>${words.until(dayIn(language, addDays(window.end, -1)))}</p>
      <p>${link.respondent === null ? words.anonymous : words.named} ${words.results}</p>
      ${instrument.informant === 'student' && html`<p>${words.notWatched}</p>`}
      ${link.window === '' && withdrawForm(path, language)}
    </footer>`
  const languages = instrument.languages.map(one => ({ language: one, href: `${path}?lang=${one}&page=${page + 1}` }))
  return {
    title: pages.length > 1 ? `${words.step(page + 1, pages.length)} · ${title}` : title,
    language,
    languages,
    body,
    status: faults.size > 0 ? 400 : 200,
  }
}

function progress(page: number, pages: number, words: Words): Html {
  return html`<p class="progress">
    <label for="progress">${words.step(page + 1, pages)}</label>
    <progress id="progress" max="${pages}" value="${page}"></progress>
  </p>`
}

type Fault = SentPage['faults'][number]['is']
type Shown = {
  instrument: Instrument
  language: string
  words: Words
  given: Given | undefined
  text: string | undefined
  fault: Fault | undefined
}

function question(item: InstrumentItem, shown: Shown): Html {
  const { fault, words } = shown
  const id = `q-${item.id}`
  const text = item.text[shown.language] ?? ''
  const said = fault && html`<p class="fault" id="${id}-fault">${saidOf(fault, words)}</p>`
  const described = fault && html` aria-describedby="${id}-fault"`
  if (item.scale === undefined) return writing(item, { ...shown, id, said: said ?? null })
  return html`<fieldset id="${id}" ${described}>
    <legend>${text}</legend>
    ${said} ${choices(item, shown).map(one => choice(item, one, shown.given))}
  </fieldset>`
}

function writing(item: InstrumentItem, shown: Shown & { id: string; said: Html | null }): Html {
  const { id, words, given, text, said, fault } = shown
  const hints = [`${id}-hint`, ...(given === 'written' && text === undefined ? [`${id}-kept`] : []), ...(fault ? [`${id}-fault`] : [])] // prettier-ignore
  return html`<div class="question" id="${id}">
    <label class="ask" for="${id}-text">${item.text[shown.language] ?? ''}</label>
    ${said}
    <p class="hint" id="${id}-hint">${words.writing(LONGEST_TEXT)}</p>
    ${given === 'written' && text === undefined && html`<p class="hint" id="${id}-kept">${words.writtenBefore}</p>`}
    <textarea
      id="${id}-text"
      name="${fieldOf(item.id)}"
      rows="5"
      maxlength="${LONGEST_TEXT}"
      aria-describedby="${hints.join(' ')}"
      ${fault && trusted(' aria-invalid="true"')}
    >
${text ?? ''}</textarea>
  </div>`
}

type Choice = { value: string; label: string; given: Given; quiet: boolean }

/** The steps of the scale, then what may be chosen instead. */
function choices(item: InstrumentItem, { instrument, language, words }: Shown): Choice[] {
  const scale = instrument.scales[item.scale!]!
  const labels = scale.labels[language] ?? []
  const steps = Array.from({ length: scale.max - scale.min + 1 }, (_, at): Choice => {
    const value = scale.min + at
    return { value: String(value), label: labels[at] ?? String(value), given: value, quiet: false }
  })
  const declined = declinedIn(scale, language).map((label, at): Choice => ({ value: `declined${at}`, label, given: `declined${at}`, quiet: true })) // prettier-ignore
  const leaveOut: Choice = { value: '', label: words.leaveOut, given: 'missing', quiet: true }
  return [...steps, ...(declined.length > 0 ? declined : [leaveOut])]
}

function choice(item: InstrumentItem, { value, label, given, quiet }: Choice, chosen: Given | undefined): Html {
  return html`<label class="${quiet ? 'choice quiet' : 'choice'}">
    <input type="radio" name="${fieldOf(item.id)}" value="${value}" ${given === chosen && trusted(' checked')} />
    ${label}
  </label>`
}

function problems(
  items: readonly InstrumentItem[],
  faults: ReadonlyMap<string, Fault>,
  { language, words }: Pick<Shown, 'language' | 'words'>,
): Html {
  return html`<div class="problems" role="alert">
    <h2>${words.faults}</h2>
    <ul>
      ${items
        .filter(({ id }) => faults.has(id))
        .map(
          ({ id, text }) =>
            html`<li><a href="#q-${id}">${text[language] ?? ''}</a>: ${saidOf(faults.get(id)!, words)}</li>`,
        )}
    </ul>
    <p>${words.nothingKept}</p>
  </div>`
}

const saidOf = (fault: Fault, words: Words): string =>
  fault === 'long' ? words.longAnswer(LONGEST_TEXT) : words.unknownAnswer
