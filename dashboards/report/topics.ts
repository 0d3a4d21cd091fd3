import { indicator } from '../../schemas/catalogue.ts'
import type { FigureRow, GrowthRow } from '../figures/figures.ts'
import { answerTo, type Climate, type Question } from '../pages/climate/climate-facts.ts'
import { FAVOURABLE } from '../pages/climate/climate-rows.ts'
import { keyQuestions } from '../pages/climate/climate-of-unit.ts'
import { domainOf } from '../pages/climate/climate-words.ts'
import { html, trusted, escape, type Html } from '../html.ts'
import type { Facts } from './facts.ts'
import type { Said } from './said.ts'

export const TOPICS = ['growth', 'engagement', 'connectedness', 'climate'] as const
export type Topic = (typeof TOPICS)[number]

export const PERCENTILE = indicator('growth_percentile')
export const SCHOOL_GROWTH = indicator('school_growth')
export const DAYS = indicator('active_days')
export const MINUTES = indicator('effort_minutes')
export const CONTACT_MINUTES = indicator('contact_minutes')
export const ADULT = indicator('adult_contact')
export const LOGGING = indicator('contact_logging')

/** More subjects and tests than that make no five minutes. */
const MOST_SUBJECTS = 2

/** Mean growth percentiles of one test and subject, window by window, with the quarters of the newest. */
export type Grown = {
  subject: string
  newest: GrowthRow | undefined
  /** The window before. */
  before: GrowthRow | undefined
  /** Points a year beside the district, which is known where a test has one scale. */
  points: GrowthRow | undefined
  /** By where students started, lowest first. */
  quarters: readonly (GrowthRow | undefined)[]
}

/** Growth by subject; of several tests and subjects the first ones with a figure. */
export function grownOf({ growth }: Facts): Grown[] {
  const found = growth.map(({ by, subject, rows }): Grown => {
    const whole = rows.filter(row => row.indicator === PERCENTILE.id && row.slice === by)
    const newest = whole.at(-1)
    const quarters = [1, 2, 3, 4].map(band =>
      rows.find(
        row => row.indicator === PERCENTILE.id && row.slice === `band=${band},${by}` && row.period === newest?.period,
      ),
    )
    return {
      subject,
      newest,
      before: whole.at(-2),
      points: rows.findLast(row => row.indicator === SCHOOL_GROWTH.id),
      quarters,
    }
  })
  const known = found.filter(({ newest }) => newest?.status === 'ok')
  return (known.length > 0 ? known : found).slice(0, MOST_SUBJECTS)
}

/** The figure of an indicator in the week reported on. */
export const now = ({ own, week }: Facts, id: string): FigureRow | undefined =>
  week === null ? undefined : own(id, week)

/** The district's in the same week. */
export const inDistrict = ({ district, week }: Facts, id: string): FigureRow | undefined =>
  district && week !== null ? district(id, week) : undefined

/** The question that stands for how school feels, with what each voice said of it; null where there is none. */
export function keyQuestion({ climate }: Pick<Facts, 'climate'>): { climate: Climate; question: Question } | null {
  const question = climate && keyQuestions(climate)[0]
  return climate && question ? { climate, question } : null
}

/** One key question a topic of climate, after the first. */
export const otherQuestions = (climate: Climate): Question[] => keyQuestions(climate).slice(1)

export const favourable = (climate: Climate, question: Question, voice: 'student' | 'family' | 'staff') =>
  answerTo(climate, question, voice, FAVOURABLE.id)

/** A question as it was asked, in the report's language where it was asked in it; else in its own, marked as such. */
export function asked({ language }: Said, { asked: by }: Question): Html {
  const one = (['student', 'family', 'staff'] as const).map(voice => by[voice]).find(Boolean)
  const texts = one?.text ?? {}
  const found = language in texts ? language : 'en' in texts ? 'en' : Object.keys(texts)[0]
  if (found === undefined) return html``
  const text = texts[found]!.replace(/\.$/, '')
  return found === language ? html`${text}` : trusted(`<span lang="${escape(found)}">${escape(text)}</span>`)
}

export const domainIn = ({ words }: Said, question: Question, english: string): string =>
  words.domain(domainOf(question.domain), english)
