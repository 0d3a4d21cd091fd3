import { html, type Html } from '../html.ts'
import type { Day } from '../../schemas/record.ts'
import type { CatalogueEntry } from '../../schemas/catalogue.ts'
import { figureOf, shownDifference } from '../pages/climate/climate-facts.ts'
import { FAVOURABLE } from '../pages/climate/climate-rows.ts'
import { scrolling } from '../pages/parts/cells.ts'
import { addDays } from '../weeks.ts'
import { comparison, type Figure } from '../wording.ts'
import type { Facts } from './facts.ts'
import { cell, windowName, type Said } from './said.ts'
import { ADULT, asked, DAYS, favourable, grownOf, keyQuestion, PERCENTILE, type Topic } from './topics.ts'

/** What the ranges of before and now settle. */
export type Direction = 'higher' | 'lower' | 'same'

/** One figure before and now. */
export type Change = {
  topic: Topic
  entry: CatalogueEntry
  name: Html | string
  before: Figure | undefined
  now: Figure | undefined
  /** When before was, where rows differ in that. */
  when: string
  /** null: it cannot be compared. */
  direction: Direction | null
  /** The same figure of the district, over the same weeks. */
  district: Direction | null
  note?: string
}

const WEEKLY = [
  { topic: 'engagement', entry: DAYS },
  { topic: 'connectedness', entry: ADULT },
] as const

/** Growth since the window before, weekly figures since the report before, climate since the survey before. */
export function changesOf(facts: Facts, said: Said): Change[] {
  const { week, before, own, district } = facts
  const { words } = said
  const weekly = WEEKLY.map(({ topic, entry }): Change => {
    const at = (of: (id: string, week: Day) => Figure | undefined, day: Day | null) => day === null ? undefined : of(entry.id, day) // prettier-ignore
    const [was, is] = [at(own, before), at(own, week)]
    const all = district && directionOf(at(district, before), at(district, week))
    const name = words.changes[topic]
    return { topic, entry, name, before: was, now: is, when: '', direction: directionOf(was, is), district: all }
  })
  const growth = grownOf(facts).flatMap(({ subject, newest, before: was }): Change[] => {
    if (newest === undefined) return []
    const when = was ? windowName(said, was.period) : ''
    const name = words.changes.growth(words.subject(subject))
    return [{ topic: 'growth', entry: PERCENTILE, name, before: was, now: newest, when, direction: directionOf(was, newest), district: null }] // prettier-ignore
  })
  return [...growth, ...weekly, ...climate(facts, said)]
}

/** By the stored difference of the students' mean answers, which takes into account how many schools are looked at. */
function climate(facts: Facts, said: Said): Change[] {
  const key = keyQuestion(facts)
  if (key === null) return []
  const { climate: of, question } = key
  const found = shownDifference(of, 'window', `item=${question.item}`, ['student', 'student'], question)
  const was =
    found &&
    figureOf(of, 'student', FAVOURABLE.id, `item=${question.item}`, {
      when: found.other_window,
      instrument: found.other_instrument,
    })
  return [
    {
      topic: 'climate',
      entry: FAVOURABLE,
      name: said.words.changes.climate(asked(said, question)),
      before: was ?? undefined,
      now: favourable(of, question, 'student'),
      when: found ? windowName(said, found.other_window) : '',
      direction: found && settled(found),
      district: null,
      note: found ? said.words.changes.byMean : '',
    },
  ]
}

/** Benjamini and Hochberg's rate at which a school stands out (indicators F7). */
const STANDS_OUT = 0.1

const settled = ({ lo95, hi95, q }: { lo95: number; hi95: number; q: number | null }): Direction =>
  (q ?? 0) >= STANDS_OUT || (lo95 <= 0 && hi95 >= 0) ? 'same' : lo95 > 0 ? 'higher' : 'lower'

function directionOf(before: Figure | undefined, now: Figure | undefined): Direction | null {
  const word = comparison(now, before)
  return word === null ? null : word === 'above' ? 'higher' : word === 'below' ? 'lower' : 'same'
}

/** What has changed: first whether anything has, then each figure before and now. */
export function changesSection(facts: Facts, changes: readonly Change[], said: Said): Html {
  const { words } = said
  return html`<section aria-labelledby="changes" class="report-changes">
    <h2 id="changes">${words.headings.changes}</h2>
    <p class="sentence">${lead(changes, said)}</p>
    ${table(changes, said)}
    <p class="marks">${since(facts, said)}</p>
  </section>`
}

function lead(changes: readonly Change[], { words, numbers }: Said): string {
  const known = changes.filter(({ direction }) => direction !== null)
  const changed = known.filter(({ direction }) => direction !== 'same')
  if (known.length === 0) return words.changes.nothing
  if (changed.length === 0) return words.changes.none
  if (changed.length === known.length) return known.length === 1 ? words.changes.one : words.changes.every
  return words.changes.some(changed.length, numbers.count(changed.length), numbers.count(known.length))
}

function since({ before, week }: Facts, { words, numbers }: Said): string {
  if (before === null || week === null) return words.changes.sinceNothing
  return words.changes.since(numbers.day(before), addDays(before, 28) === week)
}

function table(changes: readonly Change[], said: Said): Html {
  const { changes: words } = said.words
  const body = html`<table class="figures">
    <caption>
      ${words.caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">${said.words.figures.figure}</th>
        <th scope="col">${words.before}</th>
        <th scope="col">${words.now}</th>
        <th scope="col">${words.shows}</th>
      </tr>
    </thead>
    <tbody>
      ${changes.map(
        change =>
          html`<tr>
            <th scope="row">
              ${change.name}${change.when && html`<span class="question">${words.before}: ${change.when}</span>`}
            </th>
            ${cell(said, change.entry, change.before)} ${cell(said, change.entry, change.now)}
            <td>${shows(change, said)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
  return scrolling(words.caption, body)
}

function shows({ direction, district, note }: Change, { words: { changes: words } }: Said): Html {
  if (direction === null) return html`${words.unknown}`
  const strong = direction !== 'same'
  const told = strong ? html`<strong>${words[direction]}</strong>` : html`${words.same}`
  const theirs = beside(direction, district, words)
  return html`${told}${theirs && html`<span class="question">${theirs}</span>`}${strong && note && html`<span class="question">${note}</span>`}`
}

/** The district's own change, where either has one: a week that was different for everybody is no change of the school. */
function beside(own: Direction, district: Direction | null, words: Said['words']['changes']): string | null {
  if (district === null) return null
  if (own === 'same') return district === 'same' ? null : words.against[district]
  if (district === own) return words.district[own]
  return district === 'same' ? words.district.same : words.against[district]
}
