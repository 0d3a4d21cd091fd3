import { indicator } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import type { FigureRow } from '../figures.ts'
import { html, type Html } from '../html.ts'
import { comparison, insteadOf, longDay, range, whyNot, type Figure } from '../wording.ts'

type Of = (indicator: string) => FigureRow | undefined

/** The first sentence of a page about the district: ranges before anything else. */
export function districtSentence(week: Day, of: Of): Html {
  return html`${opening('Students', week, of)}.`
}

/** The first sentence of a page about a school: its range, and what can be said beside the district's. */
export function schoolSentence(name: string, week: Day, of: Of, district: Of): Html {
  const days = indicator('active_days')
  const word = comparison(of(days.id), district(days.id))
  const theirs = range(days, district(days.id))
  const beside =
    word && theirs && html` Their active days are <strong>${WORDS[word]}</strong> the district (${theirs}).`
  return html`${opening(`Students at ${name}`, week, of)}.${beside}`
}

/** The same two figures a week earlier; nothing is said about the difference, which the two ranges do not settle. */
export function earlier(before: Day, of: Of): Html | null {
  const said = [part('active_days', of), part('effort_minutes', of)].filter(text => text !== null)
  return said.length === 2
    ? html`A week earlier, in the week of ${longDay(before)}: ${said[0]} of school days and ${said[1]} minutes.`
    : null
}

/** How two intervals compare, to be followed by "the district". */
export const WORDS = { above: 'above', below: 'below', 'not distinguishable': 'not distinguishable from' } as const

function opening(who: string, week: Day, of: Of): Html {
  const days = part('active_days', of)
  const minutes = part('effort_minutes', of)
  const when = `in the week of ${longDay(week)}`
  if (!days) return html`${unsaid(who, when, of('active_days'))}`
  return html`${who} were active on <strong>${days} of their school days</strong> ${when}, on
    average${
      minutes && html`; the connected tools show <strong>${minutes} minutes</strong> of learning activity per student`
    }`
}

function unsaid(who: string, when: string, figure: Figure | undefined): Html {
  if (figure?.status === 'not_applicable') return html`There was no school week to report ${when}: ${whyNot(figure)}`
  return html`How active ${who.replace(/^S/, 's')} were ${when} cannot be said: ${whyNot(figure) || insteadOf(figure)}`
}

function part(id: string, of: Of): string | null {
  return range(indicator(id), of(id))
}
