import { beforeEach, expect, test } from 'vitest'
import { lagOf, type EventLog, type LogAdmin } from '../../../infra/log/event-log.ts'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { localTime } from '../../../processors/local-time.ts'
import { clearStage, pendingStages } from '../../../processors/touched-stages.ts'
import { storeActions } from '../../../processors/store-actions.ts'
import { ActionEntry, actionKey, type AlarmAnswer } from '../../../schemas/action.ts'
import { aSchool, enrol, person, ZONE } from '../../helpers/records.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'
import { until } from '../../helpers/until.ts'
import { alarmsOf, aLog, monday, plantWeek, PROCESSORS_GROUP } from './planted-weeks.ts'

// Alarms and answers go by a real log: what the computation raises, and what the adviser answers, is stored from there.
const MINUTE_MS = 60_000
const STUDENTS = ['ada', 'bea', 'cal', 'dan', 'eve', 'fay', 'gil', 'hal', 'ida']
const LEVELS = [100, 104, 97, 102, 95, 101, 103, 98, 99, 105, 96, 100]
const TABLES = ['alarms', 'alarm_answers', 'alarm_weeks'] as const
const WEEKS = 18
const DROPS_FROM = 9

let warehouse: Warehouse
let log: EventLog & LogAdmin

beforeEach(async () => {
  warehouse = await freshWarehouse()
  log = await aLog()
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': STUDENTS }))
  for (let week = 0; week < WEEKS; week++) await plantWeek(warehouse, monday(week), STUDENTS.map((_, i) => minutesOf(i, week))) // prettier-ignore
})

const minutesOf = (student: number, week: number, more = 0) => ({
  student: person(STUDENTS[student]!),
  minutes: LEVELS[(student + week) % LEVELS.length]! * (student === 0 && week >= DROPS_FROM ? 0.2 : 1) + more,
})

/** Store from the log whatever it holds of actions. */
async function stored(): Promise<void> {
  const failures: unknown[] = []
  const consumption = await log.consume({
    topic: 'actions',
    group: PROCESSORS_GROUP,
    maxEntries: 1000,
    handle: batch =>
      storeActions(
        warehouse,
        batch.map(({ value }) => ActionEntry.parse(JSON.parse(value!))),
        localTime(ZONE),
      ),
    onError: error => failures.push(error),
  })
  const isStored = async () => lagOf(await log.positions('actions', PROCESSORS_GROUP)) === 0
  await until(isStored, 'alarms and answers are stored', MINUTE_MS)
  await consumption.stop()
  expect(failures).toEqual([])
}

/** The chart from a week on, when everything that it raises has come back from the log. */
async function computed(from = 0): Promise<void> {
  const alarms = alarmsOf(warehouse, log)
  await stored()
  const pending = (await pendingStages(warehouse)).get('alarms') ?? { weeks: [], touches: [] }
  expect(await alarms.run([...new Set([monday(from), ...pending.weeks])].sort())).toBe(true)
  await clearStage(warehouse, 'alarms', pending)
  await stored()
}

const messages = async (): Promise<number> =>
  (await log.positions('actions', PROCESSORS_GROUP)).reduce((sum, { end }) => sum + end, 0)

const dump = async (): Promise<object[][]> =>
  Promise.all(TABLES.map(table => warehouse.query<object>(`select * except ${table === 'alarm_weeks' ? 'computed' : 'student_id'} from ${table} final order by all`))) // prettier-ignore

test(
  'a replay gives the same alarms, answers and charts, and raises none again',
  { timeout: 4 * MINUTE_MS },
  async () => {
    await computed()
    const [alarm, ...others] = await warehouse.query<{ id: string; week: string }>(
      'select toString(alarm_id) as id, toString(week) as week from alarms final',
    )
    expect(others).toEqual([])
    expect([monday(DROPS_FROM), monday(DROPS_FROM + 1), monday(DROPS_FROM + 2)]).toContain(alarm!.week)
    const answers = (['seen', 'talked'] as const).map((answer, i): AlarmAnswer => ({
      type: 'alarm-answer',
      id: uuid5(`answer|${i}`),
      storedAt: `${monday(12 + i)}T15:00:00.000Z`,
      alarm: alarm!.id,
      student: person('ada'),
      answer,
      author: { account: 'ms-b', person: null },
    }))
    await log.append('actions', answers.map(entry => ({ key: actionKey(entry), value: JSON.stringify(entry) }))) // prettier-ignore
    await computed(12)
    // What comes late shows that the drop began a week later: the alarm that was raised stays as it is.
    await plantWeek(warehouse, monday(DROPS_FROM), [minutesOf(0, DROPS_FROM, 80)])
    await computed(DROPS_FROM)
    const before = await dump()
    // Of the last week nothing has arrived yet that says that it is over.
    expect(before.map(rows => rows.length)).toEqual([1, 2, (WEEKS - 1) * STUDENTS.length])
    const written = await messages()
    expect(written).toBeGreaterThan(1)

    await log.rewind('actions', PROCESSORS_GROUP)
    for (const table of [...TABLES, 'touched_stages']) await warehouse.command(`truncate table ${table}`)
    expect((await dump()).flat()).toEqual([])
    await computed()
    expect(await dump()).toEqual(before)
    expect(await messages()).toBe(written)
  },
)
