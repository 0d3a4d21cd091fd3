import { HomeroomError } from '../errors.ts'
import type { SchoolYear } from './calendar.ts'
import { placeName } from './names.ts'
import { STREAM, Random } from './random.ts'

export type Size = 'small' | 'district' | number

export type School = {
  /** OneRoster sourcedId. */
  id: string
  name: string
  grades: readonly number[]
  /** Students enrolled on the first day. */
  size: number
  /** Planted: added to the logarithm of its students' weekly minutes. */
  effect: number
  /** Days on which this school alone is closed, ascending. */
  snowDays: number[]
}

const HIGH = [9, 10, 11, 12] as const
const LEVELS = [
  { grades: [3, 4, 5], title: 'Elementary School' },
  { grades: [6, 7, 8], title: 'Middle School' },
  { grades: HIGH, title: 'High School' },
] as const
const ALL_GRADES = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const

/** Six high schools of clearly different size; the smallest is so small that its values are only shown shrunken. */
const SMALL_SIZES = [880, 610, 430, 320, 210, 17]
/** Standard deviation between schools of the logarithm of weekly minutes. */
export const SCHOOL_SD = 0.12
const MEDIAN_SIZE = 280
const MAX_STUDENTS = 1_000_000

/**
 * The schools of a district of this size.
 * @throws HomeroomError CONFIG_INVALID if a number of students is not an integer from 20 to 1,000,000
 */
export function planSchools(size: Size, seed: number, year: SchoolYear): School[] {
  const random = new Random()
  const sizes = schoolSizes(size, random.restart(seed, STREAM.schools, 0, 0))
  const names = new Set<string>()
  return sizes.map((students, index) => {
    random.restart(seed, STREAM.schools, 1, index)
    const level = levelOf(size, sizes, index)
    let place = placeName(random)
    while (names.has(place)) place = placeName(random)
    names.add(place)
    return {
      id: `school-${String(index + 1).padStart(3, '0')}`,
      name: `${place} ${level.title}`,
      grades: level.grades,
      size: students,
      effect: random.normal(0, SCHOOL_SD),
      snowDays: snowDays(random.restart(seed, STREAM.weather, 0, index), year),
    }
  })
}

function schoolSizes(size: Size, random: Random): number[] {
  const lognormal = () => Math.round(Math.exp(random.normal(Math.log(MEDIAN_SIZE), 0.35)))
  if (size === 'small') return SMALL_SIZES
  if (size === 'district') return [14, 38, ...Array.from({ length: 22 }, lognormal)]
  if (!Number.isInteger(size) || size < 20 || size > MAX_STUDENTS) {
    throw new HomeroomError(
      'CONFIG_INVALID',
      `size: got ${size}, expected small, district or a whole number of students from 20 to ${MAX_STUDENTS}. Nothing was generated`,
    )
  }
  const raw = Array.from({ length: Math.max(1, Math.round(size / 300)) }, lognormal)
  const total = raw.reduce((sum, n) => sum + n, 0)
  const scaled = raw.map(n => Math.floor((n * size) / total))
  // Rounding down left a few students over: one more for each of the first schools.
  const left = size - scaled.reduce((sum, n) => sum + n, 0)
  return scaled.map((n, i) => (i < left ? n + 1 : n))
}

function levelOf(size: Size, sizes: number[], index: number): { grades: readonly number[]; title: string } {
  if (size === 'small' || sizes.length < 6) return LEVELS[2]
  if (sizes[index]! < 60) return { grades: ALL_GRADES, title: 'Community School' }
  return LEVELS[index % 3]!
}

/** None to three days of snow in the open weeks from December to the middle of March. */
function snowDays(random: Random, year: SchoolYear): number[] {
  const closed = new Set(year.closed.map(c => c.day))
  const from = year.dates.indexOf('2025-12-01')
  const to = year.dates.indexOf('2026-03-16')
  const days = new Set<number>()
  for (let tries = random.below(4); tries > 0; tries--) {
    const day = from + random.below(to - from)
    const week = Math.floor(day / 7)
    if (day % 7 < 5 && !closed.has(day) && !year.holiday[week]) days.add(day)
  }
  return [...days].sort((a, b) => a - b)
}

/** Bit d of the result: the school is in session on weekday d (0 = Monday) of the week. */
export function schoolDays(year: SchoolYear, schools: readonly School[]): (school: number, week: number) => number {
  const masks = new Uint8Array(schools.length * year.weeks).fill(0b11111)
  const close = (school: number, day: number) => {
    masks[school * year.weeks + Math.floor(day / 7)]! &= ~(1 << (day % 7))
  }
  for (const [index, school] of schools.entries()) {
    for (const { day } of year.closed) close(index, day)
    for (const day of school.snowDays) close(index, day)
  }
  return (school, week) => masks[school * year.weeks + week]!
}
