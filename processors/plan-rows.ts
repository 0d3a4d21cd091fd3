import {
  arrowStream,
  dictionaryColumn,
  dictionaryListColumn,
  hexColumn,
  hexUint64Column,
  millisecondsColumn,
  nullableFloatColumn,
  textColumn,
  uuidColumn,
  type ArrowColumn,
} from '../infra/warehouse/arrow-batch.ts'
import { columnsOf, daysColumn, uint64Column, uint8Column, wideDaysColumn } from '../infra/warehouse/columns-of.ts'
import type { Mix } from '../schemas/record.ts'
import type { PlanKind } from '../schemas/plan.ts'

/** What is said, by kind. Days are counted since 1970-01-01; 0 = not said. */
export type SaidOf = {
  plan: { unitsPerWeek: number | null; mix: Mix | null; begin: number; end: number; words: string }
  goal: {
    act: 'goal-set' | 'goal-met' | 'rated'
    horizon: string
    day: number
    due: number
    closed: number
    status: string
    level: number | null
    expected: number | null
    weight: number | null
    words: string
  }
  choice: { day: number; offered: readonly string[]; taken: string; choice: 'chosen' | 'assigned' }
  reflection: { day: number; about: string; words: string }
}

/** One row of `plans`, `goals`, `choices` or `reflections`. */
export type PlanRow<Kind extends PlanKind = PlanKind> = {
  [K in Kind]: {
    kind: K
    id: string
    /** null: a file says it. */
    record: { id: string; hash: string } | null
    student: string
    subject: string
    source: string
    saidMs: number
    storedMs: number
    /** 16 hexadecimal digits. */
    content: string
    position: string
    ver: bigint
    deleted: boolean
    said: SaidOf[K]
  }
}[Kind]

export const TABLES: Record<PlanKind, { table: string; id: string }> = {
  plan: { table: 'plans', id: 'plan_id' },
  goal: { table: 'goals', id: 'goal_id' },
  choice: { table: 'choices', id: 'choice_id' },
  reflection: { table: 'reflections', id: 'reflection_id' },
}

export const OPEN_END = Date.parse('2299-12-31') / 86_400_000
const NO_RECORD = { id: '00000000-0000-0000-0000-000000000000', hash: '0'.repeat(16) }

/** The rows of one kind as an Arrow stream for its table. */
export function planStream<Kind extends PlanKind>(kind: Kind, rows: readonly PlanRow<Kind>[]): Uint8Array {
  const column = columnsOf(rows)
  const said = rows.map(row => row.said as SaidOf[Kind])
  return arrowStream(rows.length, [
    column(uuidColumn, TABLES[kind].id, x => x.id),
    column(uuidColumn, 'record_id', x => (x.record ?? NO_RECORD).id),
    column(hexUint64Column, 'record_hash', x => (x.record ?? NO_RECORD).hash),
    column(hexColumn, 'student_id', x => x.student),
    column(dictionaryColumn, 'subject', x => x.subject),
    ...(COLUMNS[kind] as (said: readonly SaidOf[Kind][]) => ArrowColumn[])(said),
    column(dictionaryColumn, 'source', x => x.source),
    column(millisecondsColumn, 'said_at', x => x.saidMs),
    column(millisecondsColumn, 'stored_at', x => x.storedMs),
    column(hexUint64Column, 'content', x => x.content),
    column(textColumn, 'position', x => x.position),
    column(uint64Column, 'ver', x => x.ver),
    column(uint8Column, 'deleted', x => x.deleted),
  ])
}

const COLUMNS: { [K in PlanKind]: (said: readonly SaidOf[K][]) => ArrowColumn[] } = {
  plan: said => {
    const column = columnsOf(said)
    return [
      column(nullableFloatColumn, 'units_per_week', x => x.unitsPerWeek),
      column(nullableFloatColumn, 'mix_individual', x => x.mix?.individual ?? null),
      column(nullableFloatColumn, 'mix_adult', x => x.mix?.adult ?? null),
      column(nullableFloatColumn, 'mix_peer', x => x.mix?.peer ?? null),
      column(nullableFloatColumn, 'mix_group', x => x.mix?.group ?? null),
      column(daysColumn, 'begin_day', x => x.begin),
      column(wideDaysColumn, 'end_day', x => x.end),
      column(textColumn, 'sealed_text', x => x.words),
    ]
  },
  goal: said => {
    const column = columnsOf(said)
    return [
      column(dictionaryColumn, 'horizon', x => x.horizon),
      column(dictionaryColumn, 'kind', x => x.act),
      column(daysColumn, 'day', x => x.day),
      column(daysColumn, 'due_day', x => x.due),
      column(daysColumn, 'closed_day', x => x.closed),
      column(dictionaryColumn, 'status', x => x.status),
      column(nullableFloatColumn, 'level', x => x.level),
      column(nullableFloatColumn, 'expected', x => x.expected),
      column(nullableFloatColumn, 'weight', x => x.weight),
      column(textColumn, 'sealed_text', x => x.words),
    ]
  },
  choice: said => {
    const column = columnsOf(said)
    return [
      column(daysColumn, 'day', x => x.day),
      column(dictionaryListColumn, 'offered', x => x.offered),
      column(textColumn, 'taken', x => x.taken),
      column(dictionaryColumn, 'choice', x => x.choice),
    ]
  },
  reflection: said => {
    const column = columnsOf(said)
    return [
      column(daysColumn, 'day', x => x.day),
      column(textColumn, 'about', x => x.about),
      column(textColumn, 'sealed_text', x => x.words),
    ]
  },
}
