import { beforeEach, describe, expect, test } from 'vitest'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storeAnswers } from '../../../processors/alarms/store-alarms.ts'
import { localTime } from '../../../processors/local-time.ts'
import { AlarmRaised, type AlarmAnswer } from '../../../schemas/action.ts'
import type { Day } from '../../../schemas/record.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { anEnrolment, aSchool, aStudent, enrol, person, ZONE } from '../../helpers/records.ts'
import { aHandledLog, alarmsOf, monday, plantWeek, type PlantedWeek } from './planted-weeks.ts'

const emptied = emptiedWarehouse()
const PEERS = ['bea', 'cal', 'dan', 'eve', 'fay', 'gil', 'hal', 'ida']
const LEVELS = [100, 104, 97, 102, 95, 101, 103, 98, 99, 105, 96, 100]

let warehouse: Warehouse
let handled: ReturnType<typeof aHandledLog>

beforeEach(async () => {
  warehouse = await emptied()
  handled = aHandledLog()
  await enrol(warehouse, ...aSchool('lincoln', { 'hr-1': ['ada', ...PEERS] }))
})

type Sketch = number | Partial<PlantedWeek>

/** Weeks of everybody: peers as usual, Ada as sketched. @param peers of a week; default: as usual */
async function plant(ada: Sketch[], peers: (week: number) => Partial<PlantedWeek> = () => ({}), from = 0) {
  for (const [i, sketch] of ada.entries()) {
    const usual = (name: string, k: number): PlantedWeek => ({
      student: person(name),
      minutes: LEVELS[(from + i + k) % LEVELS.length]!,
    })
    await plantWeek(warehouse, monday(from + i), [
      { ...usual('ada', 0), ...(typeof sketch === 'number' ? { minutes: sketch } : sketch) },
      ...PEERS.map((name, k) => ({ ...usual(name, k + 1), ...peers(from + i) })),
    ])
  }
}

const run = (weeks: Day[] = [monday(0)], now?: string) => alarmsOf(warehouse, handled.log, now).run(weeks)
const raised = () => handled.appended.map(value => AlarmRaised.parse(JSON.parse(value)))
const charted = (name = 'ada') =>
  warehouse.query<{ week: Day; status: string; reason: string; q: number | null; e: number; minutes: number }>(
    `select toString(week) as week, status, reason, q, e, minutes from alarm_weeks final
     where student_id = unhex({id:String}) order by alarm_weeks.week`,
    { id: person(name) },
  )

const usually = (weeks: number): number[] => Array.from({ length: weeks }, (_, i) => LEVELS[i % LEVELS.length]!)
const rested = (weeks: number): Sketch[] => Array.from({ length: weeks }, () => ({}))

describe('a drop below the own usual', () => {
  test('is an alarm, durable in the log and in the table, with what was usual and since when', async () => {
    await plant([...usually(10), 25, 22, 28, 24, {}, {}])
    expect(await run()).toBe(true)
    const [alarm, ...others] = raised()
    expect(others).toEqual([])
    expect(alarm).toMatchObject({ student: person('ada'), type: 'alarm', since: monday(10) })
    expect(alarm!.usualMinutes).toBeGreaterThan(95)
    expect(alarm!.usualMinutes).toBeLessThan(105)
    expect([monday(10), monday(11)]).toContain(alarm!.week)
    const stored = await warehouse.query('select toString(alarm_id) as id, toString(week) as week from alarms final')
    expect(stored).toEqual([{ id: alarm!.id, week: alarm!.week }])
  })

  test('of everybody at once is none: holidays and storms are the school’s', async () => {
    await plant([...usually(8), 20, 21, 19, {}], week => (week >= 8 && week < 11 ? { minutes: 20 + (week % 3) } : {}))
    await run()
    expect(raised()).toEqual([])
  })

  test('is raised once however often it is computed', async () => {
    await plant([...usually(10), 25, 22, 28, 24, {}, {}])
    await run()
    await run([monday(9), monday(11)])
    await run([monday(0)])
    expect(raised()).toHaveLength(1)
  })

  test('stays an alarm when records that come late show that there was none', async () => {
    await plant([...usually(10), 25, 22, 28, 24, {}, {}])
    await run()
    const [alarm] = raised()
    await plant([100, 101, 99, 100], undefined, 10)
    await run([monday(10)])
    expect(raised()).toHaveLength(1)
    const points = await charted()
    expect(points.find(({ week }) => week === alarm!.week)!.e).toBeGreaterThan(-1)
    expect(await warehouse.query('select 1 from alarms final')).toHaveLength(1)
  })

  test('that is answered lets the chart begin anew in the week after', async () => {
    await plant([...usually(10), 25, 22, 28, 24, ...rested(8)])
    await run()
    const answer: AlarmAnswer = {
      type: 'alarm-answer',
      id: uuid5('answer'),
      storedAt: `${monday(13)}T23:30:00.000Z`,
      alarm: raised()[0]!.id,
      student: person('ada'),
      answer: 'talked',
      author: { account: 'ms-b', person: null },
    }
    await storeAnswers(warehouse, [answer], localTime(ZONE))
    const [touched] = await warehouse.query<{ week: Day }>(
      `select toString(week) as week from touched_stages where stage = 'alarms'`,
    )
    expect(touched).toEqual({ week: monday(14) })
    await warehouse.command('truncate table touched_stages')
    await run([monday(14)])
    const statuses = (await charted()).slice(12, 19).map(({ status }) => status)
    expect(statuses).toEqual(['frozen', 'frozen', 'baseline', 'baseline', 'baseline', 'baseline', 'ok'])
  })

  test('is no alarm before the log is in the tables, and is one afterwards', async () => {
    await plant([...usually(10), 25, 22, 28, 24, {}, {}])
    let end = 5
    const behind = {
      append: handled.log.append,
      positions: async (topic: 'records') => [{ topic, partition: 0, committed: 3, end }],
    } as unknown as typeof handled.log
    const stage = alarmsOf(warehouse, behind)
    expect(await stage.run([monday(0)])).toBe(false)
    // What comes later is not waited for.
    end = 9
    behind.positions = async topic => [{ topic, partition: 0, committed: 5, end: 9 }]
    await warehouse.command(`insert into touched values ('${monday(3)}', unhex('${person('ada')}'), 7, now(), 0)`)
    expect(await stage.run([monday(0)])).toBe(false)
    expect(raised()).toEqual([])
    await warehouse.command('truncate table touched')
    expect(await stage.run([monday(0)])).toBe(true)
    expect(raised()).toHaveLength(1)
  })

  test('is looked at when the week is over for two days, by the clock and by what has arrived', async () => {
    await plant([...usually(10), 20, 21])
    // The drop is in the two last weeks: records of the Friday after the first of them are there.
    await run([monday(0)], `${monday(11)}T12:00:00.000Z`)
    expect((await charted()).at(-1)!.week).toBe(monday(9))
    await run(
      [monday(11)],
      `${monday(11).slice(0, 8)}${String(Number(monday(11).slice(8)) + 2).padStart(2, '0')}T12:00:00.000Z`,
    )
    expect((await charted()).at(-1)!.week).toBe(monday(10))
    await run([monday(11)], '2026-11-22T12:00:00.000Z')
    expect((await charted()).at(-1)!.week).toBe(monday(10))
  })
})

describe('no alarm, and no zero,', () => {
  test('of a week of absence: it does not count, and the next goes on from before', async () => {
    const ill = { minutes: 0, absent: [0, 1, 2, 3, 4] }
    await plant([...usually(8), ill, ill, { minutes: 30, absent: [0, 1, 2] }, 100, 99, {}])
    await run()
    expect(raised()).toEqual([])
    const points = await charted()
    expect(points.slice(8, 11).map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped'])
    expect(points[8]!.reason).toBe('absent or not enrolled on more than one school day')
    expect(points[11]!.status).toBe('ok')
  })

  test('of one day of absence: the week counts', async () => {
    await plant([...usually(8), { minutes: 80, absent: [2], days: [0, 1, 3, 4] }, {}, {}])
    await run()
    expect((await charted())[8]!.status).toBe('ok')
    expect(raised()).toEqual([])
  })

  test('of a week with fewer than two school days', async () => {
    const closed = [0, 1, 2, 3].map((i): RosterEntry => {
      const day = new Date(Date.parse(monday(8)) + i * 86_400_000).toISOString().slice(0, 10)
      return { ...ENTRY, type: 'day', school: '', day, schoolDay: false, reason: 'holiday' }
    })
    await enrol(warehouse, ...closed)
    await plant([...usually(8), 0, {}, {}], week => (week === 8 ? { days: [4], minutes: 30 } : {}))
    await run()
    expect((await charted())[8]).toMatchObject({ status: 'skipped', reason: 'fewer than 2 school days' })
    expect(raised()).toEqual([])
  })

  test('of a week in which the school’s platform sent nothing', async () => {
    await enrol(warehouse, ...aSchool('monroe', { 'hr-2': ['moe'] }))
    const silent = (week: number) => (week === 8 || week === 9 ? { minutes: 0 } : {})
    await plant([...usually(8), 0, 0, {}, {}], silent)
    for (let i = 0; i < 12; i++) await plantWeek(warehouse, monday(i), [{ student: person('moe'), minutes: 60 }])
    await run()
    const points = await charted()
    expect(points.slice(8, 10).map(({ status, reason }) => [status, reason])).toEqual(
      Array.from({ length: 2 }, () => ['skipped', "the school's tools recorded nothing on all school days but one"]),
    )
    expect(raised()).toEqual([])
  })

  test('of days on which the school’s platform sent nothing: the others are held against the others’', async () => {
    const outage = (week: number) => (week === 8 ? { minutes: 40, days: [0, 1] } : {})
    await plant([...usually(8), { minutes: 41, days: [0, 1] }, {}, {}], outage)
    await run()
    expect((await charted())[8]).toMatchObject({ status: 'ok' })
    expect(raised()).toEqual([])
  })

  test('of a student who joined last week, or on a Thursday', async () => {
    await enrol(warehouse, aStudent('new'), anEnrolment('new', 'hr-1', 'lincoln', addDays(monday(9), 3)))
    await plant(rested(13))
    for (const week of [9, 10, 11, 12])
      await plantWeek(warehouse, monday(week), [{ student: person('new'), minutes: 1 }])
    await run()
    const points = await charted('new')
    expect(points.map(({ status }) => status)).toEqual(['skipped', 'baseline', 'baseline'])
    expect(raised()).toEqual([])
  })

  test('of a school with fewer than five students to compare with', async () => {
    await enrol(warehouse, ...aSchool('tiny', { 'hr-3': ['tom', 'tim', 'tam', 'tem'] }))
    await plant(rested(12))
    for (let i = 0; i < 12; i++)
      await plantWeek(
        warehouse,
        monday(i),
        ['tom', 'tim', 'tam', 'tem'].map(name => ({
          student: person(name),
          minutes: i > 8 && name === 'tom' ? 0 : 90,
        })),
      )
    await run()
    expect(await charted('tom')).toMatchObject(
      Array.from({ length: 11 }, () => ({
        status: 'skipped',
        reason: 'fewer than 5 students of the school to compare with',
      })),
    )
    expect(raised()).toEqual([])
  })

  test('of a calendar that was changed: what it no longer holds up is drawn anew', async () => {
    await plant([...usually(8), { minutes: 0, days: [] }, {}, {}, {}])
    await enrol(
      warehouse,
      ...[0, 1, 2, 3, 4].map((i): RosterEntry => ({
        ...ENTRY,
        type: 'day',
        school: 'lincoln',
        day: addDays(monday(8), i),
        schoolDay: false,
        reason: 'storm',
      })),
    )
    await run()
    // No school day in the week: nobody was enrolled on one.
    expect((await charted()).map(({ week }) => week)).not.toContain(monday(8))
    expect(raised()).toEqual([])
  })

  test('of the weeks in which the clocks change', async () => {
    // 2 November 2025 and 8 March 2026 in New York: weeks 9 and 27 from 25 August.
    await plant(rested(32))
    await run()
    expect(raised()).toEqual([])
    const points = await charted()
    expect(points.map(({ week }) => week)).toEqual(Array.from({ length: 31 }, (_, i) => monday(i)))
    expect(points.every(({ status }) => status === 'ok' || status === 'baseline')).toBe(true)
  })
})

test('weeks that retention has frozen are waited for by nobody', async () => {
  const month = Number(monday(3).slice(0, 7).replace('-', ''))
  await warehouse.command(`insert into retired values ('events', ${month}, '', now64(3), 1)`)
  await warehouse.command(`insert into touched_stages values ('alarms', '${monday(3)}', 7, now(), 0)`)
  // As the stages hand it over: the week is not among those to compute.
  expect(await run([])).toBe(true)
})

test('a baseline survives a move to another school, whose level is another', async () => {
  await enrol(
    warehouse,
    ...aSchool('monroe', { 'hr-2': ['mia', 'max', 'may', 'mel', 'mat', 'mim'] }),
    anEnrolment('ada', 'hr-1', 'lincoln', '2025-08-25', addDays(monday(8), 2)),
    anEnrolment('ada', 'hr-2', 'monroe', addDays(monday(8), 2)),
  )
  const monroe = ['mia', 'max', 'may', 'mel', 'mat', 'mim']
  for (let i = 0; i < 14; i++) {
    const moved = i >= 8
    await plantWeek(warehouse, monday(i), [
      { student: person('ada'), minutes: LEVELS[i % 12]! * (moved ? 2 : 1) },
      ...PEERS.map((name, k) => ({ student: person(name), minutes: LEVELS[(i + k + 1) % 12]! })),
      ...monroe.map((name, k) => ({ student: person(name), minutes: 2 * LEVELS[(i + k + 2) % 12]! })),
    ])
  }
  await run()
  const points = await charted()
  expect(points.slice(8).every(({ status }) => status === 'ok')).toBe(true)
  expect(Math.max(...points.slice(8).map(({ q }) => Math.abs(q!)))).toBeLessThan(3)
  expect(raised()).toEqual([])
})

test('weeks computed one by one, the newest first, stand as those computed at once', async () => {
  await plant([...usually(9), 25, 22, 28, ...rested(3)])
  await run()
  const dump = () =>
    warehouse.query('select * except computed from alarm_weeks final order by week, student_id') as Promise<object[]>
  const whole = await dump()
  for (const week of [11, 7]) await run([monday(week)])
  expect(await dump()).toEqual(whole)
  expect(raised()).toHaveLength(1)
})

const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
const addDays = (day: Day, days: number): Day =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
