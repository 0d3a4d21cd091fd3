import { uuid5 } from '../infra/uuid5.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { ERASED } from '../schemas/erasure.ts'
import type { LearningRecord, Role } from '../schemas/record.ts'
import type { PlacedRecord } from './event-rows.ts'
import type { LocalTime } from './local-time.ts'
import { OPEN_END, type PlanRow, type SaidOf } from './plan-rows.ts'
import { versionOf } from './record-index.ts'
import { insertPlanRows } from './store-plans.ts'
import { touchPlans, touchPlansOf } from './touched-plans.ts'

const ADULTS: ReadonlySet<Role> = new Set([
  'adviser',
  'teacher',
  'staff',
  'tutor',
  'virtual-tutor',
  'mentor',
  'family',
  'community',
])

/**
 * Store what records say of learners' plans, goals, choices and reflections, and touch the weeks that this reaches beside
 * their own; also those of what the batch voids.
 */
export async function storeRecordPlans(
  warehouse: Warehouse,
  batch: readonly PlacedRecord[],
  local: LocalTime,
): Promise<void> {
  const rows = batch.flatMap(placed => planRowsOf(placed, local))
  await insertPlanRows(warehouse, rows)
  for (const kind of ['plan', 'goal'] as const) {
    const ids = rows.filter(row => row.kind === kind).map(({ id }) => id)
    await touchPlans(warehouse, kind, ids)
  }
  const voids = batch.flatMap(({ value }) => (value.voids === undefined ? [] : [value.voids]))
  await touchPlansOf(warehouse, voids)
}

/** What one record says: nothing, mostly. Of records of another time than the kept range, or of who was erased, nothing is taken. */
export function planRowsOf({ value: record, position }: PlacedRecord, local: LocalTime): PlanRow[] {
  const { kind, agency } = record
  if (!record.timely || (agency === undefined && !SAYS.has(kind))) return []
  const saidMs = Date.parse(record.occurredAt)
  const day = local.dayOf(saidMs)
  const student = studentIn(record)
  if (student === ERASED) return []
  const base = {
    record: { id: record.id, hash: record.hash },
    student,
    subject: record.subject ?? '',
    source: record.source,
    saidMs,
    storedMs: Date.parse(record.storedAt),
    content: record.hash,
    position,
    ver: versionOf(record),
    deleted: false,
  }
  // A thing is the student's object; what has no name is a thing of its own.
  const id = (of: string): string => (record.object === '' ? record.id : uuid5(`${of}|${student}|${record.object}`))
  const rows: PlanRow[] = []
  if (agency?.plan !== undefined) rows.push({ ...base, kind: 'plan', id: id('plan'), said: planIn(agency.plan, day) })
  else if (kind === 'goal-set' || kind === 'goal-met' || agency?.goal !== undefined)
    rows.push({ ...base, kind: 'goal', id: id('goal'), said: goalIn(record, day) })
  if (kind === 'chose' || agency?.offered !== undefined)
    rows.push({ ...base, kind: 'choice', id: record.id, said: choiceIn(record, day) })
  if (kind === 'reflected')
    rows.push({ ...base, kind: 'reflection', id: record.id, said: { day, about: record.object, words: '' } })
  return rows
}

const SAYS: ReadonlySet<string> = new Set(['goal-set', 'goal-met', 'chose', 'reflected'])

/** The learner: who acts, or whom an adult acts for. */
function studentIn({ actor, counterparts }: LearningRecord): string {
  if (!ADULTS.has(actor.role)) return actor.id
  const students = counterparts.filter(({ role }) => role === 'student')
  return students.length === 1 ? students[0]!.id : actor.id
}

type Said = NonNullable<LearningRecord['agency']>

function planIn({ unitsPerWeek, mix, from, to }: NonNullable<Said['plan']>, day: number): SaidOf['plan'] {
  return {
    unitsPerWeek: unitsPerWeek ?? null,
    mix: mix ?? null,
    begin: from === undefined ? day : daysOf(from),
    end: to === undefined ? OPEN_END : daysOf(to),
    words: '',
  }
}

function goalIn({ kind, agency }: LearningRecord, day: number): SaidOf['goal'] {
  const { level, expected, weight, due, status, horizon = '' } = agency?.goal ?? {}
  const act = kind === 'goal-set' || kind === 'goal-met' ? kind : 'rated'
  const said = status ?? (act === 'goal-met' ? 'attained' : act === 'goal-set' ? 'open' : '')
  return {
    act,
    horizon,
    day,
    due: due === undefined ? 0 : daysOf(due),
    closed: said === '' || said === 'open' ? 0 : day,
    status: said,
    level: level ?? null,
    expected: expected ?? null,
    weight: weight ?? null,
    words: '',
  }
}

const choiceIn = ({ agency, object, choice = 'chosen' }: LearningRecord, day: number): SaidOf['choice'] => ({
  day,
  offered: agency?.offered ?? [],
  taken: object,
  choice,
})

const daysOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 86_400_000
