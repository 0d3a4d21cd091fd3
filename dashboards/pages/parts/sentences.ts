import { indicator } from '../../../schemas/catalogue.ts'
import type { Day } from '../../../schemas/record.ts'
import type { FigureRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { comparison, insteadOf, longDay, range, whyNot, withoutWeek, type Figure } from '../../wording.ts'

type Of = (indicator: string) => FigureRow | undefined

/** The first sentence of a page about the district: ranges before anything else. */
export function districtSentence(week: Day, of: Of): Html {
  return html`${opening('Students', week, of)}.${unrecorded(of)}`
}

/** The first sentence of a page about a class or an advisory, with which nothing is compared. */
export function groupSentence(who: string, week: Day, of: Of): Html {
  return html`${opening(who, week, of)}.${unrecorded(of)}`
}

/**
 * The first sentence of a page about a school: its range, and what can be said beside the district's.
 * @param district the district's figures; without them nothing is compared
 */
export function schoolSentence(name: string, week: Day, of: Of, district: Of): Html {
  const entry = indicator(subject(of) === 'contact' ? 'contact_minutes' : 'active_days')
  const word = comparison(of(entry.id), district(entry.id))
  const theirs = range(entry, district(entry.id))
  const beside =
    word &&
    theirs &&
    html` Their ${entry.name.toLowerCase()} are <strong>${WORDS[word]}</strong> the district (${theirs}).`
  return html`${opening(`Students at ${name}`, week, of)}.${unrecorded(of)}${beside}`
}

/**
 * The same figures a week earlier, or null where that week has others; nothing is said about the difference, which the
 * ranges do not settle.
 * @param of figures of the page's week
 * @param was figures of the week before
 */
export function earlier(before: Day, of: Of, was: Of): Html | null {
  const about = subject(was)
  const figures = about === 'contact' ? contactBefore(of, was) : about === 'learning' ? learningBefore(of, was) : null
  if (figures === null) return null
  return html`A week earlier, in the week of ${longDay(before)}: ${figures}.`
}

/** How two intervals compare, to be followed by "the district". */
export const WORDS = { above: 'above', below: 'below', 'not distinguishable': 'not distinguishable from' } as const

/** What a week's sentence is about: contact only where there is nothing to say about learning. */
function subject(of: Of): 'learning' | 'contact' | null {
  if (part('active_days', of) !== null) return 'learning'
  return part('contact_minutes', of) === null ? null : 'contact'
}

function opening(who: string, week: Day, of: Of): Html {
  const when = `in the week of ${longDay(week)}`
  const about = subject(of)
  if (about === null) return unsaid(who, when, of('active_days'))
  if (about === 'contact') {
    return html`${who} had <strong>${minutes('contact_minutes', of)}</strong> of logged contact with other people
      ${when}, on average`
  }
  const effort = minutes('effort_minutes', of)
  return html`${who} were active on <strong>${part('active_days', of)} of their school days</strong> ${when}, on
    average${effort && html`; the connected tools show <strong>${effort}</strong> of learning activity per student`}`
}

function unsaid(who: string, when: string, figure: Figure | undefined): Html {
  if (figure?.status === 'not_applicable') return html`There was no school week to report ${when}: ${whyNot(figure)}`
  return html`How active ${who.replace(/^S/, 's')} were ${when} cannot be said: ${whyNot(figure) || insteadOf(figure)}`
}

/** After a sentence about contact: why nothing is said about learning. */
function unrecorded(of: Of): string | null {
  if (subject(of) !== 'contact') return null
  const days = of('active_days')
  if (days?.status === 'insufficient' && days.n === 0 && days.reason) return ` ${capital(withoutWeek(days.reason))}.`
  return ` How active they were cannot be said: ${whyNot(days) || insteadOf(days)}.`
}

function learningBefore(of: Of, was: Of): string | null {
  const [days, effort] = [part('active_days', was), minutes('effort_minutes', was)]
  return days && effort && subject(of) !== 'contact' ? `${days} of school days and ${effort}` : null
}

function contactBefore(of: Of, was: Of): string | null {
  return subject(of) === 'contact' ? `${minutes('contact_minutes', was)} of logged contact` : null
}

/** `230 to 258 minutes`, `1 minute`. */
function minutes(id: string, of: Of): string | null {
  const said = part(id, of)
  return said && `${said} ${said === '1' ? 'minute' : 'minutes'}`
}

function part(id: string, of: Of): string | null {
  return range(indicator(id), of(id))
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
