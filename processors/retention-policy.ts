import { z } from 'zod'
import { HomeroomError } from '../infra/errors.ts'
import { jsonSetting } from '../infra/json-setting.ts'
import { Kind } from '../schemas/record.ts'

const Period = z
  .string()
  .regex(/^[1-9]\d{0,3} (?:day|week|month|year)s?$/, { error: 'a period, for example 90 days, 18 months or 5 years' })
  .refine(period => cutOff(period, SOME_DAY) <= new Date(SOME_DAY.getTime() - LEAST_MS), { error: 'at least 31 days' })

const SOME_DAY = new Date('2026-03-31T00:00:00.000Z')
const DAY_MS = 86_400_000
const LEAST_MS = 31 * DAY_MS

const Schema = z.strictObject({
  /** One period for all, or by kind; kinds that are not named have that of `others`, and are kept if there is none. */
  events: z.union([Period, z.partialRecord(z.enum([...Kind.options, 'others']), Period)]).optional(),
  /** Sealed originals of records: what GET statements gives back. */
  originals: Period.optional(),
  deadLetters: Period.optional(),
  scores: Period.optional(),
  surveys: Period.optional(),
  /** Plans, goals, choices and reflections, by when they were stored last. */
  plans: Period.optional(),
  /** Conversations that advisers recorded, by when they did; their contact goes with `events`, their goals with `plans`. */
  conversations: Period.optional(),
  /** Alarms, what was answered to them, who was told of them. */
  actions: Period.optional(),
  /** Who saw what. */
  audit: Period.optional(),
  /** Weekly values of students, and aggregates. Both outlive the events that they were made of, unless they are named. */
  studentWeeks: Period.optional(),
  indicators: Period.optional(),
  /** The event log. The other topics hold what is in force, however old it is. */
  log: z
    .strictObject({ records: Period.optional(), 'dead-letters': Period.optional(), audit: Period.optional() })
    .default({}),
})

/** How long what is kept, each a period by which whole months go. What is not named is kept without limit. */
export type Policy = z.infer<typeof Schema>

/**
 * @param setting JSON, or the path of a file with it
 * @throws HomeroomError CONFIG_INVALID naming each fault
 */
export function readPolicy(setting: string): Policy {
  const parsed = Schema.safeParse(jsonSetting(setting, invalid))
  if (!parsed.success) {
    const faults = parsed.error.issues
      .map(({ path, message }) => `${path.join('.') || 'policy'}: ${message}`)
      .join('; ')
    throw invalid(faults)
  }
  const faults = contradictionsIn(parsed.data)
  if (faults.length > 0) throw invalid(faults.join('; '))
  return parsed.data
}

/** What was there before this instant goes. */
export function cutOff(period: string, now: Date): Date {
  const [count = '0', unit = ''] = period.split(' ')
  const by = -Number(count)
  if (unit.startsWith('day')) return new Date(now.getTime() + by * DAY_MS)
  if (unit.startsWith('week')) return new Date(now.getTime() + by * 7 * DAY_MS)
  const months = unit.startsWith('year') ? by * 12 : by
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1)
  const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months + 1, 0)).getUTCDate()
  return new Date(first + (Math.min(now.getUTCDate(), days) - 1) * DAY_MS + (now.getTime() % DAY_MS))
}

/** The period of a kind of events; null: without limit. */
export function periodOf({ events }: Policy, kind: string): string | null {
  if (typeof events === 'string') return events
  return events?.[kind as Kind] ?? events?.others ?? null
}

/** The longest period of any kind of events; null: one is kept without limit. */
export function longestOfEvents(policy: Policy): string | null {
  const periods = Kind.options.map(kind => periodOf(policy, kind))
  if (periods.includes(null)) return null
  return (periods as string[]).reduce((a, b) => (isShorter(a, b) ? b : a))
}

const isShorter = (a: string, b: string): boolean => cutOff(a, SOME_DAY) > cutOff(b, SOME_DAY)

/** A replay must find in the log whatever the tables still keep, and a week's figures must not outlive what they are made of. */
function contradictionsIn(policy: Policy): string[] {
  const { originals = null, deadLetters = null, audit = null, studentWeeks, indicators, log } = policy
  const events = longestOfEvents(policy)
  const faults: string[] = []
  const atLeast = (
    name: string,
    period: string | undefined,
    others: Record<string, string | null>,
    why: string,
  ): void => {
    for (const [other, its] of Object.entries(others)) {
      if (period === undefined) continue
      if (its === null) faults.push(`${name} is ${period}, but ${other} has no period: ${why}`)
      else if (isShorter(period, its))
        faults.push(`${name} is ${period}, expected at least the ${its} of ${other}: ${why}`)
    }
  }
  const lost = 'a replay would lose what is still kept'
  atLeast('log.records', log.records, { events, originals }, lost)
  atLeast('log.audit', log.audit, { audit }, lost)
  atLeast('log.dead-letters', log['dead-letters'], { deadLetters }, lost)
  atLeast('studentWeeks', studentWeeks, { events }, 'they would be computed again from the events')
  atLeast('indicators', indicators, { events }, 'they would be computed again from the events')
  return faults
}

const invalid = (faults: string, cause?: unknown): HomeroomError =>
  new HomeroomError('CONFIG_INVALID', `HOMEROOM_RETENTION: ${faults}. Nothing was removed`, { cause })
