import type { District } from './district.ts'
import { STREAM, Random } from './random.ts'

export const INFORMANTS = ['student', 'family', 'staff'] as const
export type Informant = (typeof INFORMANTS)[number]

/** First parts of the domains of the shipped instruments (infra/instruments). */
export const DOMAINS = ['engagement', 'safety', 'environment', 'belonging', 'liking', 'voice', 'adult', 'sel'] as const

/** When it is asked: weeks with school in autumn and spring, half-open. */
export const SURVEY_WINDOWS = [
  { id: '2025-fall', begin: '2025-10-06', end: '2025-11-01' },
  { id: '2026-spring', begin: '2026-03-02', end: '2026-03-28' },
] as const

/** Planted: what a school adds to what each of its people feels, whose own feelings have a standard deviation of 1.1. */
export type Climate = {
  level: (informant: Informant, window: number, school: number, domain: string) => number
  /** The school that becomes a home base between the two windows. */
  rising: number
}

/** Together a standard deviation of .25 between schools (indicators G). */
const SCHOOL_SD = 0.22
const DOMAIN_SD = 0.12
const CHANGE_SD = 0.06
/** Families and staff feel six tenths of what students do, and the rest of their .25 apart from them. */
const SHARED = 0.6
const APART_SD = 0.2
const RISE = 0.35
const RISING_DOMAINS: readonly string[] = ['belonging', 'adult']

/** How schools feel to their students, families and staff; belonging rises in the largest one between the windows. */
export function planClimate({ seed, schools }: Pick<District, 'seed' | 'schools'>): Climate {
  const random = new Random()
  const rising = schools.reduce((best, { size }, index) => (size > schools[best]!.size ? index : best), 0)
  const levels = new Float64Array(schools.length * INFORMANTS.length * SURVEY_WINDOWS.length * DOMAINS.length)
  const place = (informant: number, window: number, school: number, domain: number): number =>
    ((informant * SURVEY_WINDOWS.length + window) * schools.length + school) * DOMAINS.length + domain
  for (const school of schools.keys()) {
    const whole = random.restart(seed, STREAM.climate, 0, school).normal(0, SCHOOL_SD)
    for (const [domain, name] of DOMAINS.entries()) {
      random.restart(seed, STREAM.climate, 1 + domain, school)
      const autumn = whole + random.normal(0, DOMAIN_SD)
      const rise = school === rising && RISING_DOMAINS.includes(name) ? RISE : random.normal(0, CHANGE_SD)
      const apart = [0, random.normal(0, APART_SD), random.normal(0, APART_SD)]
      for (const [window, level] of [autumn, autumn + rise].entries()) {
        levels[place(0, window, school, domain)] = level
        for (const informant of [1, 2])
          levels[place(informant, window, school, domain)] = SHARED * level + apart[informant]!
      }
    }
  }
  return {
    level: (informant, window, school, domain) =>
      levels[
        place(
          INFORMANTS.indexOf(informant),
          window,
          school,
          DOMAINS.findIndex(name => name === domain),
        )
      ]!,
    rising,
  }
}
