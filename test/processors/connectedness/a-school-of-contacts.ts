import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { connectednessStage } from '../../../processors/connectedness/recompute-connectedness.ts'
import type { LearningRecord } from '../../../schemas/record.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { aRecord, anEnrolment, person, recompute, ZONE, type RecordSketch } from '../../helpers/records.ts'

const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }

/** An adult of the roster. */
export const anAdult = (name: string, role: 'adviser' | 'teacher' | 'mentor' | 'family' = 'adviser'): RosterEntry => ({
  type: 'person',
  ...ENTRY,
  id: person(name),
  role,
  grade: '',
  groups: {},
})

/** An adult and the homerooms that they advise. */
export const anAdviser = (name: string, school: string, ...homerooms: string[]): RosterEntry[] => [
  anAdult(name),
  ...homerooms.map(
    homeroom => ({ ...anEnrolment(name, homeroom, school), id: `${name}|${homeroom}`, role: 'adviser' }) as RosterEntry,
  ),
]

export const MINUTE_MS = 60_000

/** A meeting of an adult with students, of 15 minutes. */
export const aMeeting = (at: string, adult: string, students: string[], rest: RecordSketch = {}): LearningRecord =>
  aRecord({ at, kind: 'met', actor: adult, others: students, durationMs: 15 * MINUTE_MS, ...rest })

/** Students who work together for 15 minutes, by their own choice. */
export const together = (at: string, students: string[], rest: RecordSketch = {}): LearningRecord =>
  aRecord({
    at,
    kind: 'collaborated',
    actor: students[0]!,
    others: students.slice(1),
    durationMs: 15 * MINUTE_MS,
    choice: 'chosen',
    ...rest,
  })

/** Recompute what waits, and connectedness of every week there is. */
export async function connect(warehouse: Warehouse, weeks?: readonly string[]): Promise<void> {
  await recompute(warehouse)
  const every = await warehouse.query<{ week: string }>(
    'select distinct toString(week) as week from student_week order by week',
  )
  const stage = connectednessStage({ warehouse, config: { timeZone: ZONE, district: 'demo' } })
  if (!(await stage.run(weeks ?? every.map(({ week }) => week), () => false))) throw new Error('stopped')
}

export type Connectedness = {
  adults: string[]
  adult_weights: number[]
  adult_weeks: number[]
  sustained: number
  peers: string[]
  peer_weights: number[]
  peer_days: number[]
  peer_kinds: number[]
  [column: string]: unknown
}

/** What the end of a week says of a student. Times are local: EST, five hours behind UTC, until 8 March 2026. */
export async function connectednessOf(warehouse: Warehouse, name: string, week: string): Promise<Connectedness> {
  const [row] = await warehouse.query<Connectedness>(
    `select *, arrayMap(x -> lower(hex(x)), adults) as adults, arrayMap(x -> lower(hex(x)), peers) as peers,
       arrayMap(x -> lower(hex(x)), advisers) as advisers
     from student_connectedness final where student_id = unhex({id:String}) and week = {week:Date}`,
    { id: person(name), week },
  )
  if (row === undefined) throw new Error(`nothing of ${name} in the week of ${week}`)
  return row
}

export type UnitFigure = {
  value: number | null
  se: number | null
  lo95: number | null
  hi95: number | null
  n: number
  n_eff: number
  status: string
  reason: string
  enrolled: number
}

export async function figureOf(
  warehouse: Warehouse,
  indicator: string,
  unit: string,
  week: string,
  slice = '',
): Promise<UnitFigure | undefined> {
  const [row] = await warehouse.query<UnitFigure>(
    `select value, se, lo95, hi95, n, n_eff, status, reason, enrolled from indicators final
     where indicator = {indicator:String} and unit_id = {unit:String} and slice = {slice:String} and week = {week:Date}`,
    { indicator, unit, slice, week },
  )
  return row
}
