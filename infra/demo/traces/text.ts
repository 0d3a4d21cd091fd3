import { SUBJECTS } from '../groups.ts'
import { dayAt } from '../calendar.ts'
import type { District } from '../district.ts'

/** `2025-09-02T14:03:11.250Z` */
export function utcTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** `2025-09-02T10:03:11-04:00`, in the district's zone. */
export function localTime(plan: District, ms: number): string {
  const day = dayAt(plan.year, ms)
  const seconds = Math.floor((ms - plan.year.midnightMs[day]!) / 1000)
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${plan.year.dates[day]!}T${time}${plan.year.offsets[day]!}`
}

/** `9/2/2025` of `2025-09-02` */
export function monthDayYear(date: string): string {
  const [year, month, day] = date.split('-').map(Number)
  return `${month}/${day}/${year}`
}

/** `PT12M5S` */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `PT${seconds}S` : `PT${minutes}M${seconds % 60}S`
}

/** Skills are numbered within a subject, `math.7`. */
export function skill(subject: number, number: number): string {
  return `${SUBJECTS[subject]!.id}.${number}`
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)
