import type { EventLog } from '../../infra/log/event-log.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { aSchool, enrol, person } from '../helpers/records.ts'
import { alarmsOf, monday, plantWeek } from '../processors/alarms/planted-weeks.ts'

const LEVELS = [100, 104, 97, 102, 95, 101, 103, 98, 99, 105, 96, 100]
const STUDENTS = ['ada', 'bea', 'cal', 'dan', 'eve', 'fay', 'gil']

/** A Wednesday evening after the weeks of `someOffers`. */
export const READ_AT = new Date('2025-12-10T20:00:00Z')

/**
 * Lincoln school with two advisories: ada, bea and cal in hr-1, the others in hr-2. Fifteen weeks of about 100 minutes; from
 * the eleventh on ada and dan do a fifth of it, and alarms are raised.
 */
export async function someOffers(warehouse: Warehouse, log: Pick<EventLog, 'append' | 'positions'>): Promise<void> {
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': STUDENTS.slice(0, 3), 'hr-2': STUDENTS.slice(3) }))
  for (const [name, given] of [
    ['ada', 'Ada'],
    ['dan', 'Dan'],
  ] as const)
    await warehouse.command(
      `insert into {identity:Identifier}.people (person_id, given_name, family_name, email, sourced_id, ver, deleted)
       select unhex({id:String}), {given:String}, 'Alder', '', '', 1, 0`,
      { id: person(name), given },
    )
  for (let i = 0; i < 15; i++)
    await plantWeek(
      warehouse,
      monday(i),
      STUDENTS.map((name, k) => ({
        student: person(name),
        minutes: LEVELS[(i + k) % 12]! * (i > 9 && (name === 'ada' || name === 'dan') ? 0.2 : 1),
      })),
    )
  if (!(await alarmsOf(warehouse, log, READ_AT.toISOString()).run([monday(0)])))
    throw new Error('no alarm was computed')
}
