import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { Answer } from '../../schemas/action.ts'
import type { Day } from '../../schemas/record.ts'
import { mayAdvise, type SignedIn } from '../access.ts'
import type { NamedStudent, Names } from '../people/names.ts'

/** An offer of help: an alarm of a student whom the reader advises, with what else is known. */
export type Offer = z.infer<typeof OfferRow> & { named: NamedStudent }

/** The students of the reader's own advisories, by pseudonym. Teachers of their classes, and everybody else, have none. */
export async function advisees(names: Names, reader: SignedIn): Promise<Map<string, NamedStudent>> {
  const own = reader.scope.advisories.filter(id => mayAdvise(reader, { type: 'advisory', id }))
  const lists = await Promise.all(own.map(id => names.studentsOf(reader, { type: 'advisory', id })))
  return new Map(lists.flatMap(list => (list ?? []).map(one => [one.student, one])))
}

/** Offers of help for these students, the newest week first. */
export async function offersFor(warehouse: Warehouse, students: ReadonlyMap<string, NamedStudent>): Promise<Offer[]> {
  if (students.size === 0) return []
  const found = rows(OfferRow, await warehouse.query(INBOX, { students: [...students.keys()] }))
  return found.map(row => ({ ...row, named: students.get(row.student)! }))
}

/** What advisers of the whole district answered; null: of fewer than 10 alarms. */
export async function answeredNeeds(warehouse: Warehouse): Promise<{ needed: number; answered: number } | null> {
  const [found] = rows(PrecisionRow, await warehouse.query(PRECISION))
  return found && found.answered >= LEAST_ANSWERS ? found : null
}

const LEAST_ANSWERS = 10

/** A week of the student: minutes null where it does not count. */
const Week = z.tuple([z.string(), z.number().nullable(), z.int(), z.int()])
const OfferRow = z.object({
  alarm: z.guid(),
  student: z.string(),
  week: z.string(),
  since: z.string(),
  minutes: z.number(),
  usual_minutes: z.number(),
  raised_ms: z.number(),
  answered_ms: z.number(),
  answer: z.union([Answer, z.literal('')]),
  /** Whether what has arrived since still shows it. */
  stands: z.coerce.boolean(),
  weeks: z.array(Week),
  last_contact: z.string(),
  sustained: z.int().nullable(),
})
const PrecisionRow = z.object({ needed: z.int(), answered: z.int() })

const INBOX = sql(new URL('./inbox.sql', import.meta.url))
const PRECISION = sql(new URL('./alarm-precision.sql', import.meta.url))

/** The newest week of which a student's chart is known; '' if there is none. */
export const newestWeek = (offers: readonly Offer[]): Day =>
  offers.flatMap(({ weeks }) => weeks.map(([week]) => week)).reduce((a, b) => (a > b ? a : b), '')
