import type { Letter } from '../../infra/notify/email.ts'
import { indicator as entryOf, type CatalogueEntry } from '../../schemas/catalogue.ts'
import type { Day } from '../../schemas/record.ts'
import { reportPath, schoolPath } from '../layout.ts'
import { periodOf } from '../weeks.ts'
import { count, isShare, longDay, range, unitAfter } from '../wording.ts'
import type { Point } from './crossings.ts'
import type { Subscription } from './subscriptions.ts'

/** A published figure, as a mail says it. */
export type Fact = Point & { indicator: string; n: number }

/** What the indicators of a monthly mail are, in its order; those without a figure are left out. */
export const IN_REPORT = ['active_days', 'effort_minutes', 'choice_share', 'adult_contact'] as const

/** Where a mail leads, and how it is ended. */
export type Links = { url: string; end: string }
type Said = Pick<Letter, 'subject' | 'text'>

/**
 * The monthly mail: where the report is, and a few published figures. Mail is not private: nothing live, no student.
 * @param of the school's name, or `the district`
 * @param month its first day
 */
export function reportLetter(
  { unit_type, unit_id }: Subscription,
  { of, month, facts }: { of: string; month: Day; facts: readonly Fact[] },
  { url, end }: Links,
): Said {
  const path = unit_type === 'school' ? reportPath(unit_id) : '/district'
  const lines = IN_REPORT.flatMap(id => facts.filter(({ indicator }) => indicator === id)).map(
    fact => `- ${entryOf(fact.indicator).name}: ${figureOf(entryOf(fact.indicator), fact)}`,
  )
  return {
    subject: `${capital(of)}: the monthly report, ${MONTH.format(new Date(month))}`,
    text: [
      unit_type === 'school' ? `The report of ${of}, to read and to print:` : `How is ${of}?`,
      new URL(path, url).href,
      '',
      `Published for the week of ${longDay(facts[0]!.week)}:`,
      ...lines,
      'A range is a 95% interval: it holds the true mean about 19 times in 20.',
      '',
      ...ending(end),
    ].join('\n'),
  }
}

/**
 * That a published figure crossed a threshold: what was seen, and no reason for it.
 * @param of the school's name, or `the district`
 */
export function thresholdLetter(
  { unit_type, unit_id, indicator, direction, threshold }: Subscription,
  { of, fact }: { of: string; fact: Fact },
  { url, end }: Links,
): Said {
  const entry = entryOf(indicator)
  const path = `${unit_type === 'school' ? schoolPath(unit_id) : '/district'}?week=${periodOf(fact.week)}`
  const limit = amount(entry, threshold)
  return {
    subject: `${capital(of)}: ${entry.name.toLowerCase()} ${direction} ${limit} in the week of ${longDay(fact.week)}`,
    text: [
      `${entry.name} of ${of} in the week of ${longDay(fact.week)}: ${figureOf(entry, fact)}.`,
      `The whole 95% interval is ${direction} ${limit}, the threshold that you have set.`,
      '',
      `This says that the figure is ${direction} the threshold, and not why. ${entry.caution}`,
      '',
      `The week beside others: ${new URL(path, url).href}`,
      `You are told again only after its best estimate was ${direction === 'below' ? `${limit} or more` : `${limit} or less`} once.`,
      '',
      ...ending(end),
    ].join('\n'),
  }
}

/** `50%`, `120`: a threshold as people write it. */
export const amount = (entry: CatalogueEntry, threshold: number): string =>
  isShare(entry) ? `${Number((threshold * 100).toFixed(2))}%` : String(threshold)

function figureOf(entry: CatalogueEntry, { value, lo95, hi95, n }: Fact): string {
  const said = range(entry, { value, lo95, hi95, n, status: 'ok', reason: '' })!
  return `${said} ${unitAfter(entry, said)} (${count(n)} students)`
}

const ending = (end: string): string[] => [
  'Published figures only, of ten students or more. No student is named here, because mail is not private.',
  `End these mails: ${end}`,
]

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
