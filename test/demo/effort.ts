import { durationOf, instantOf } from '../../schemas/formats.ts'
import { EXTENSIONS, VOIDED, type Statement } from '../../schemas/xapi.ts'

const MINUTE = 60_000
const MAX_EVENT = 60 * MINUTE
const SESSION_GAP = 30 * MINUTE
const CREDITED_GAP = 10 * MINUTE

export type Activity = { who: string; from: number; to: number }
type Row = { at: string; kind: string; minutes?: number; participants: { id: string; role: string }[] }
type CaliperEvent = { eventTime: string; actor: { id: string }; generated?: { duration?: string } }

/** The learning activity that received records show (B2): who, and the interval that each credits. */
export function activities(records: readonly unknown[], studentOf: Map<string, string>): Activity[] {
  const voided = new Set<string>()
  for (const record of records) {
    const { verb, object } = record as Statement
    if (verb?.id === VOIDED) voided.add((object as { id: string }).id)
  }
  const student = (name: string): string => studentOf.get(name) ?? fail(`nobody is called ${name}`)
  const of = (record: unknown): Activity[] => {
    if ((record as Statement).verb) return fromStatement(record as Statement, voided, student)
    if ((record as CaliperEvent).eventTime) return [fromEvent(record as CaliperEvent, student)]
    const { at, kind, minutes = 0, participants } = record as Row
    if (kind !== 'collaborated' && kind !== 'asked-help') return []
    const actors = kind === 'collaborated' ? participants : participants.slice(0, 1)
    return actors.map(({ id }) => ({
      who: studentOf.get(id) ?? id,
      from: instantOf(at) - minutes * MINUTE,
      to: instantOf(at),
    }))
  }
  return records.flatMap(of)
}

function fromStatement(s: Statement, voided: Set<string>, student: (name: string) => string): Activity[] {
  if (s.verb.id === VOIDED || voided.has(s.id!)) return []
  const { mbox, account } = s.actor
  const to = instantOf(s.timestamp!)
  const lasted = s.result?.duration ? Math.min(durationOf(s.result.duration), MAX_EVENT) : 0
  if (s.context?.extensions?.[EXTENSIONS.section] === undefined) fail(`statement ${s.id} names no class`)
  return [{ who: student(account?.name ?? mbox!), from: to - lasted, to }]
}

function fromEvent({ eventTime, actor, generated }: CaliperEvent, student: (name: string) => string): Activity {
  const to = instantOf(eventTime)
  return { who: student(actor.id), from: to - (generated?.duration ? durationOf(generated.duration) : 0), to }
}

/**
 * Minutes by the rule B2, per student and local day, from the specification's text: union of intervals, gaps up to 30
 * minutes credited with at most 10, a minute for the end of each session.
 */
export function minutesByDay(list: readonly Activity[], dayOf: (ms: number) => string): Map<string, number> {
  const minutes = new Map<string, number>()
  for (const [key, own] of Map.groupBy(list, ({ who, to }) => `${who}|${dayOf(to)}`)) {
    const sorted = own.toSorted((a, b) => a.from - b.from || a.to - b.to)
    let credited = MINUTE
    let end = sorted[0]!.from
    for (const { from, to } of sorted) {
      const gap = from - end
      if (gap > SESSION_GAP) credited += MINUTE
      else if (gap > 0) credited += Math.min(gap, CREDITED_GAP)
      credited += Math.max(0, to - Math.max(from, end))
      end = Math.max(end, to)
    }
    minutes.set(key, credited / MINUTE)
  }
  return minutes
}

function fail(message: string): never {
  throw new Error(message)
}
