import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { EventLog, LogAdmin } from '../../../infra/log/event-log.ts'
import { openLog } from '../../../infra/log/open-log.ts'
import { PROCESSORS_GROUP } from '../../../infra/log/topics.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { AlarmRecompute } from '../../../processors/alarms/recompute-alarms.ts'
import type { Day } from '../../../schemas/record.ts'
import { ZONE } from '../../helpers/records.ts'

/** The Monday after `aSchool`'s enrolments begin. */
const FIRST = Date.UTC(2025, 7, 25)
const DAY_MS = 86_400_000

export const monday = (index: number): Day => new Date(FIRST + index * 7 * DAY_MS).toISOString().slice(0, 10)

export type PlantedWeek = {
  student: string
  minutes: number
  /** Days on which they were spent, 0 = Monday; default: Monday to Friday. */
  days?: number[]
  /** Days with a recorded absence. */
  absent?: number[]
}

let computed = 1

/** What the weeks' recomputation would have stored. @param students pseudonyms with minutes */
export async function plantWeek(warehouse: Warehouse, week: Day, planted: readonly PlantedWeek[]): Promise<void> {
  const lists = planted.map(({ student, minutes, days = [0, 1, 2, 3, 4], absent = [] }) => {
    const whole = minutes === 0 ? [] : days
    // Whole milliseconds, whose sum is exact.
    const total = Math.round(minutes * 60_000)
    const each = whole.map((_, i) => Math.floor(total / whole.length) + (i < total % whole.length ? 1 : 0))
    return `${student}|${whole.join(' ')}|${each.join(' ')}|${absent.join(' ')}`
  })
  const text = lists.join(',')
  await warehouse.command(
    `insert into student_week (week, student_id, learning_days, day_ms, effort_ms, absent_days, newest, computed)
     with toDate('${week}') as monday, (texts -> arrayMap(x -> toInt64(x), arrayFilter(x -> x != '', splitByChar(' ', texts)))) as numbers
     select monday, unhex(part[1]), arrayMap(x -> monday + x, numbers(part[2])), numbers(part[3]) as ms, arraySum(ms),
       arrayMap(x -> monday + x, numbers(part[4])), toDateTime64('2025-08-01 00:00:00', 3), ${computed++}
     from (select splitByChar('|', arrayJoin(splitByChar(',', '${text}'))) as part)`,
    {},
    { max_query_size: text.length + 10_000 },
  )
}

/** An embedded log in a folder of its own, until the end of the test file; what is in it is handled. */
export async function aLog(): Promise<EventLog & LogAdmin> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-alarms-'))
  const log = await openLog({ data, district: 'd1', kafka: null })
  await log.createTopics()
  afterAll(async () => {
    await log.close()
    await rm(data, { recursive: true, force: true })
  })
  return log
}

/** A log of which everything is handled at once: what the computation appends stands in `appended`. */
export function aHandledLog(): { log: Pick<EventLog, 'append' | 'positions'>; appended: string[] } {
  const appended: string[] = []
  return {
    appended,
    log: {
      append: async (_topic, entries) => void appended.push(...entries.map(({ value }) => value!)),
      positions: async topic => [{ topic, partition: 0, committed: appended.length, end: appended.length }],
    },
  }
}

/** The stage on planted weeks, long after them. */
export function alarmsOf(
  warehouse: Warehouse,
  log: Pick<EventLog, 'append' | 'positions'>,
  now = '2026-11-22T12:00:00.000Z',
): AlarmRecompute {
  return new AlarmRecompute({ warehouse, log, config: { timeZone: ZONE }, clock: () => new Date(now) })
}

export { PROCESSORS_GROUP }
