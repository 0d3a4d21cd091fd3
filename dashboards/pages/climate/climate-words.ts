import type { Html } from '../../html.ts'
import { html } from '../../html.ts'
import type { CatalogueEntry } from '../../../schemas/catalogue.ts'
import { addDays } from '../../weeks.ts'
import { count, estimate, isBracket, isSmall, longDay, range, windowName } from '../../wording.ts'
import {
  answerTo,
  inEnglish,
  shownDifference,
  type Climate,
  type DifferenceRow,
  type PublishedWindow,
  type Question,
} from './climate-facts.ts'
import {
  insteadOfAnswers,
  isLimited,
  RESPONSE,
  VOICE_NAMES,
  VOICES,
  type ClimateRow,
  type Voice,
} from './climate-rows.ts'

/** Domains that every instrument names alike (infra/instruments), in the order in which they are read. */
const DOMAINS: readonly (readonly [string, string])[] = [
  ['belonging', 'Belonging'],
  ['safety', 'Safety'],
  ['engagement', 'Engagement'],
  ['environment', 'Environment'],
  ['liking', 'Liking school'],
  ['adult', 'An adult who knows me'],
  ['voice', 'Voice and choice'],
  ['sel', 'Social and emotional learning'],
]

export const domainOf = (scale: string): string => scale.split('/')[0]!
export const domainName = (domain: string): string => DOMAINS.find(([id]) => id === domain)?.[1] ?? capital(domain)
/** `safety/bullying` → `Bullying`; a domain as a whole by its name. */
export const scaleName = (scale: string): string =>
  scale.includes('/') ? capital(scale.slice(scale.indexOf('/') + 1).replaceAll('-', ' ')) : domainName(scale)

/** Domains of some scales or questions, in reading order; others last, by name. */
export function inDomainOrder(names: readonly string[]): string[] {
  const place = (name: string): number => {
    const at = DOMAINS.findIndex(([id]) => id === name)
    return at < 0 ? DOMAINS.length : at
  }
  return [...new Set(names)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
}

/** `spring 2026 (2 March 2026 to 13 March 2026)`. */
export const windowText = ({ id, begin, end }: PublishedWindow): string =>
  `${windowName(id)} (${longDay(begin)} to ${longDay(addDays(end, -1))})`

/** A question as one voice read it, in English if it was asked in English; others by the first language. */
export function wording({ asked }: Question, voice?: Voice): string {
  const one = voice === undefined ? VOICES.map(name => asked[name]).find(Boolean) : asked[voice]
  if (one === undefined) return ''
  return inEnglish(one.text)
}

/** A table's cell of a survey figure. */
export function climateCell(entry: CatalogueEntry, row: ClimateRow | undefined): Html {
  const said = range(entry, row)
  if (said === null) return html`<td class="none">${insteadOfAnswers(row)}</td>`
  return html`<td class="figure">
    <span class="range">${said}</span> <span class="estimate">${estimate(entry, row)}</span>${
      isSmall(row) && html`<abbr class="few" title="Fewer than 20 answers">*</abbr>`
    }
  </td>`
}

/** `412 of 520 (79%)`; `24 of 60 (40%, limited)`; `30 answers, nobody knows of how many`; never a number where it is hidden. */
export function responseText(row: ClimateRow | undefined): string {
  if (row === undefined) return 'not asked'
  const { n, enrolled, status } = row
  if (status === 'suppressed') return isBracket(row) ? row.reason : 'not shown'
  if (n === null) return 'not shown'
  if (status !== 'ok') return `${count(n)} answered (${row.reason})`
  const share = `${estimate(RESPONSE, row)}${isLimited(row) ? ', limited' : ''}`
  return enrolled === null ? `${count(n)} answered (${share})` : `${count(n)} of ${count(enrolled)} (${share})`
}

/** The first sentence: the range of every voice, before anything else. */
export function voicesSentence(climate: Climate, entry: CatalogueEntry, question: Question, where: string): Html {
  const told = VOICES.flatMap(voice => {
    const row = answerTo(climate, question, voice, entry.id)
    const said = range(entry, row) ?? (row && isBracket(row) ? row.reason : null)
    return said === null ? [] : [html`<strong>${said}</strong> of ${VOICE_NAMES[voice].toLowerCase()}`]
  })
  const untold = climate.window.voices.filter(voice => {
    const row = answerTo(climate, question, voice, entry.id)
    return row !== undefined && range(entry, row) === null && !isBracket(row)
  })
  if (told.length === 0)
    return html`In ${windowName(climate.window.id)}, how school feels ${where} cannot be said: too few answered to show
    figures.`
  const parts = told.flatMap((part, i) => [i === 0 ? '' : i === told.length - 1 ? ' and ' : ', ', part])
  const quiet = untold.map(voice => VOICE_NAMES[voice].toLowerCase()).join(' and ')
  return html`In ${windowName(climate.window.id)}, ${parts} who answered ${where} were favourable to
  “${wording(question).replace(/\.$/, '')}”.${quiet && ` Of ${quiet} nothing can be shown.`}`
}

/** How a figure has moved since the window before; words only where the interval, and of schools all of them, settle it. */
export function changeText(found: DifferenceRow | null): string {
  if (found === null) return '–'
  const { lo95, hi95, q, other_window, limited } = found
  const said = (from: number, to: number): string => `${from.toFixed(2)} to ${to.toFixed(2)}`
  const note = limited ? ', limited' : ''
  if ((q ?? 0) >= STANDS_OUT || (lo95 <= 0 && hi95 >= 0))
    return `not distinguishable from ${windowName(other_window)} (${signed(lo95)} to ${signed(hi95)})${note}`
  return lo95 > 0
    ? `${said(lo95, hi95)} higher than in ${windowName(other_window)}${note}`
    : `${said(-hi95, -lo95)} lower than in ${windowName(other_window)}${note}`
}

/** Differences between voices, of those that can be shown. */
export function gapTexts(climate: Climate, subject: string, of?: Question): string[] {
  return PAIRS.flatMap(pair => {
    const found = shownDifference(climate, 'informant', subject, pair, of)
    if (found === null) return []
    const [one, other] = pair.map(voice => VOICE_NAMES[voice].toLowerCase()) as [string, string]
    const { lo95, hi95 } = found
    const note = found.limited ? ', limited' : ''
    if (lo95 > 0) return [`${one} ${lo95.toFixed(2)} to ${hi95.toFixed(2)} above ${other}${note}`]
    if (hi95 < 0) return [`${one} ${(-hi95).toFixed(2)} to ${(-lo95).toFixed(2)} below ${other}${note}`]
    return [`${one} and ${other} not distinguishable (${signed(lo95)} to ${signed(hi95)})${note}`]
  })
}

const PAIRS: readonly (readonly [Voice, Voice])[] = [
  ['student', 'family'],
  ['student', 'staff'],
  ['family', 'staff'],
]
/** Benjamini and Hochberg's rate at which a school stands out (indicators F7). */
const STANDS_OUT = 0.1

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
