import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { ScoreEntry } from '../../schemas/score.ts'
import type { Day } from '../../schemas/record.ts'
import { mondayOf } from '../local-time.ts'
import { touchStages } from '../touched-stages.ts'
import { STAGE } from './store-alarms.ts'

const DAY_MS = 86_400_000

/** Course marks reach the flags of their term: the weeks in which they are dated wait. */
export async function touchMarks(warehouse: Warehouse, entries: readonly ScoreEntry[]): Promise<void> {
  const days = entries.flatMap(entry => (entry.type === 'score' && entry.kind === 'grade' ? [entry.date] : []))
  await touchStages(warehouse, [STAGE], [...new Set(days.map(weekOf))])
}

const weekOf = (day: Day): Day =>
  new Date(mondayOf(Date.parse(`${day}T00:00:00Z`) / DAY_MS) * DAY_MS).toISOString().slice(0, 10)
