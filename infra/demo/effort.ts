import type { District } from './district.ts'
import { schoolOn, studentDays } from './district.ts'
import { STREAM, Random } from './random.ts'
import { DROP } from './students.ts'

/** Which tool a student works with in a session. */
export const TOOLS = ['lessons', 'practice', 'reading'] as const

/** An unbroken stretch of work alone: what B2 credits for it is exactly `minutes`. */
export type Session = {
  student: number
  /** Local day of the year, and when on it; whole seconds, which is what some of the tools send. */
  day: number
  startMs: number
  /** 1 … 80, the last minute being the credit for the session's end. */
  minutes: number
  tool: number
  subject: number
}

/** Two students working together for `minutes`; B2 credits one more, for the end. */
export type Collaboration = { tie: number; day: number; endMs: number; minutes: number }

/** What is planted in one week before any record of it exists. */
export type Effort = {
  week: number
  /** Minutes of learning activity of each student; 0 in closed weeks. */
  minutes: Uint16Array
  sessions: Session[]
  collaborations: Collaboration[]
}

const WEEK_TO_WEEK_SD = 0.28
const COLLABORATING_SHARE = 0.35
const MAX_SESSION_MINUTES = 80
const WEEKEND_SHARE = 0.35
const READING_SHARE = 0.15
const LESSONS_SHARE = 0.6
const MINUTE_MS = 60_000

// All windows lie more than 30 minutes apart, so that no two sessions merge and every one ends with its own credit.
/** Windows for work alone, [first minute of the day, length in minutes], and how often each is chosen (cumulative). */
const WINDOWS = [[480, 120], [635, 90], [945, 120], [1100, 120], [1255, 120]] as const // prettier-ignore
const WINDOW_CHOICE = [0.32, 0.58, 0.76, 0.9, 1] as const
/** Windows for work together, first minute of the day; each begins within 4 minutes of it and lasts up to 25. */
const SHARED_WINDOWS = [760, 820, 880] as const

/** Plant one week: minutes by the model, then who worked together, then everyone's own sessions with what is left. */
export function planEffort(plan: District, week: number): Effort {
  const effort: Effort = { week, minutes: weeklyMinutes(plan, week), sessions: [], collaborations: [] }
  if (!plan.year.open[week]) return effort
  const left = effort.minutes.slice()
  planCollaborations(plan, effort, left)
  const random = new Random()
  for (let student = 0; student < plan.students.count; student++) {
    if (left[student]! > 0) planSessions(plan, effort, student, left[student]!, random)
  }
  return effort
}

/**
 * Planted minutes of every student in a week; what `planEffort` divides into sessions.
 * @param drop by how much the logarithm falls when a student disengages; another one asks what smaller drops would show
 */
export function weeklyMinutes(plan: District, week: number, drop = DROP): Uint16Array {
  const { students, year, seed } = plan
  const minutes = new Uint16Array(students.count)
  if (!year.open[week]) return minutes
  const random = new Random()
  for (let student = 0; student < students.count; student++) {
    random.restart(seed, STREAM.minutes, week, student)
    const dropped = students.dropWeek[student]! >= 0 && week >= students.dropWeek[student]!
    const mean = students.base[student]! + plan.weekEffect[week]! - (dropped ? drop : 0)
    const drawn = random.poisson(Math.exp(mean + random.normal(0, WEEK_TO_WEEK_SD)))
    const days = countBits(studentDays(plan, student, week))
    minutes[student] = Math.min(drawn, days * WINDOWS.length * MAX_SESSION_MINUTES)
  }
  return minutes
}

function planCollaborations(plan: District, effort: Effort, left: Uint16Array): void {
  const { ties, seed, year } = plan
  const { week } = effort
  const taken = new Uint16Array(plan.students.count)
  const random = new Random()
  for (let tie = 0; tie < ties.count; tie++) {
    if (week < ties.from[tie]! || week >= ties.to[tie]!) continue
    if (!random.restart(seed, STREAM.collaboration, week, tie).chance(COLLABORATING_SHARE)) continue
    const a = ties.a[tie]!
    const b = ties.b[tie]!
    const minutes = 15 + random.below(11)
    if (left[a]! <= minutes || left[b]! <= minutes) continue
    const days = plan.schoolDays(schoolOn(plan, a, week * 7), week)
    const slot = freeSlot(taken[a]! | taken[b]!, days, random)
    if (slot < 0) continue
    const day = week * 7 + Math.floor(slot / SHARED_WINDOWS.length)
    const begin = SHARED_WINDOWS[slot % SHARED_WINDOWS.length]! * MINUTE_MS + random.below(240) * 1000
    taken[a]! |= 1 << slot
    taken[b]! |= 1 << slot
    left[a]! -= minutes + 1
    left[b]! -= minutes + 1
    effort.collaborations.push({ tie, day, endMs: year.midnightMs[day]! + begin + minutes * MINUTE_MS, minutes })
  }
}

/** A slot (3 × weekday + window) that is not taken, on a day of the mask; −1 if there is none. */
export function freeSlot(taken: number, days: number, random: Random, perDay: number = SHARED_WINDOWS.length): number {
  const slots = perDay * 5
  const first = random.below(slots)
  for (let i = 0; i < slots; i++) {
    const slot = (first + i) % slots
    if (!(taken & (1 << slot)) && days & (1 << Math.floor(slot / perDay))) return slot
  }
  return -1
}

function planSessions(plan: District, effort: Effort, student: number, minutes: number, random: Random): void {
  const { week } = effort
  random.restart(plan.seed, STREAM.sessions, week, student)
  const days = studentDays(plan, student, week)
  const windows = countBits(days) * WINDOWS.length
  const wanted = Math.round(minutes / 28 + random.between(-0.5, 1))
  const count = Math.min(Math.max(wanted, Math.ceil(minutes / MAX_SESSION_MINUTES), 1), windows, minutes)
  const weekend = plan.students.weekender[student] === 1 && random.chance(WEEKEND_SHARE)
  const taken = new Uint8Array(7)
  let left = minutes
  for (let i = 0; i < count; i++) {
    const length = sessionMinutes(left, count - i, random)
    left -= length
    const weekday = weekend && i === 0 ? 5 + random.below(2) : anyBit(days, random)
    const slot = takeWindow(taken, weekday, days, random)
    const day = week * 7 + Math.floor(slot / WINDOWS.length)
    const [begin, window] = WINDOWS[slot % WINDOWS.length]!
    const startMs = plan.year.midnightMs[day]! + begin * MINUTE_MS + random.below((window - length) * 60) * 1000
    const choice = random.unit()
    const tool = choice < READING_SHARE ? 2 : choice < LESSONS_SHARE ? 0 : 1
    effort.sessions.push({ student, day, startMs, minutes: length, tool, subject: random.below(4) })
  }
}

/** Length of the next of `sessions` sessions that share `left` minutes. */
function sessionMinutes(left: number, sessions: number, random: Random): number {
  const others = sessions - 1
  const wanted = Math.round((left / sessions) * random.between(0.5, 1.5))
  const least = Math.max(1, left - others * MAX_SESSION_MINUTES)
  const most = Math.min(MAX_SESSION_MINUTES, left - others)
  return others === 0 ? left : Math.min(Math.max(wanted, least), most)
}

/** A window of the weekday (5 × weekday + window) or, where that day is full, the first free one of the school days. */
function takeWindow(taken: Uint8Array, weekday: number, days: number, random: Random): number {
  const choice = random.unit()
  const first = WINDOW_CHOICE.findIndex(limit => choice < limit)
  for (let i = 0; i < WINDOWS.length; i++) {
    const window = (first + i) % WINDOWS.length
    if (take(taken, weekday, window)) return weekday * WINDOWS.length + window
  }
  for (let slot = 0; slot < 7 * WINDOWS.length; slot++) {
    const other = Math.floor(slot / WINDOWS.length)
    if (days & (1 << other) && take(taken, other, slot % WINDOWS.length)) return slot
  }
  throw new RangeError('a student has at most as many sessions as there are windows in the week')
}

function take(taken: Uint8Array, weekday: number, window: number): boolean {
  if (taken[weekday]! & (1 << window)) return false
  taken[weekday]! |= 1 << window
  return true
}

/** One of the days of a mask. */
export function anyBit(mask: number, random: Random): number {
  let skip = random.below(countBits(mask))
  for (let bit = 0; ; bit++) {
    if (mask & (1 << bit) && skip-- === 0) return bit
  }
}

export function countBits(mask: number): number {
  let count = 0
  for (let rest = mask; rest; rest &= rest - 1) count++
  return count
}
