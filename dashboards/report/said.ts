import { comparison, isSmall, windowName as seasonName, type Figure } from '../wording.ts'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { html, type Html } from '../html.ts'
import type { Language } from '../language.ts'
import { NUMBERS, type Numbers } from './numbers.ts'
import { bracketOf, whyNot } from './why-not.ts'
import { EN, type Words } from './words-en.ts'
import { ES } from './words-es.ts'

/** How a report says things: the words and the numbers of one language. */
export type Said = { language: Language; words: Words; numbers: Numbers }

const WORDS: Readonly<Record<Language, Words>> = { en: EN, es: ES }

export const saidIn = (language: Language): Said => ({ language, words: WORDS[language], numbers: NUMBERS[language] })

/** A range, or the bound that is published instead of one; null where neither is known. */
export function shareOf({ words, numbers }: Said, entry: CatalogueEntry, figure: Figure | undefined): string | null {
  const bracket = bracketOf(figure)
  return bracket ? words.figures.bracket(bracket.side, numbers.percent(bracket.share)) : numbers.range(entry, figure)
}

/** A table's cell: the range, the estimate in small, a mark where few stand behind it; or what stands where a number would. */
export function cell(said: Said, entry: CatalogueEntry, figure: Figure | undefined): Html {
  const { words, numbers } = said
  const range = numbers.range(entry, figure)
  if (range === null) return html`<td class="none">${insteadOf(said, figure)}</td>`
  return html`<td class="figure">
    <span class="range">${range}</span> <span class="estimate">${numbers.estimate(entry, figure)}</span>${
      isSmall(figure) && html`<abbr class="few" title="${words.figures.small.slice(2)}">*</abbr>`
    }
  </td>`
}

export function insteadOf({ words, numbers }: Said, figure: Figure | undefined): string {
  const bracket = bracketOf(figure)
  if (bracket) return words.figures.bracket(bracket.side, numbers.percent(bracket.share))
  const why = whyNot(figure)
  if (why === 'few' || why === 'hidden' || why === 'no-school') return words.figures[why]
  return words.figures.none
}

/** `, above the district (58 to 61%)`; null where there is nothing to compare. */
export function besideDistrict(
  { words, numbers }: Said,
  entry: CatalogueEntry,
  own: Figure | undefined,
  district: Figure | undefined,
): Html | null {
  const word = comparison(own, district)
  const range = numbers.range(entry, district)
  return word && range ? words.beside(word, range) : null
}

/** A window of tests or surveys by its season, in the language of the report. */
export const windowName = ({ words }: Said, name: string): string => seasonName(name, words.season)
