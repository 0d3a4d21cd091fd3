import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'csv-parse/sync'
import { dayAt } from '../../infra/demo/calendar.ts'
import { emptyRow, VARIANT } from '../../infra/demo/deliveries.ts'
import { emailOf, planDistrict, studentId } from '../../infra/demo/district.ts'
import { personIri } from '../../infra/demo/traces/caliper-event.ts'
import { traces } from '../../infra/demo/traces/index.ts'
import { SOURCES } from '../../infra/demo/traces/trace.ts'
import { faultOf, recordWriter, traceOf, weeksOf } from '../../infra/demo/week.ts'
import { Random } from '../../infra/demo/random.ts'
import { writeEvents } from '../../infra/demo/write-events.ts'
import { writeTruth, type Truth } from '../../infra/demo/write-truth.ts'
import { faultsIn } from './doors.ts'
import { activities, minutesByDay } from './effort.ts'

const timeZone = 'America/New_York'
const plan = planDistrict({ size: 150, seed: 7, timeZone })
const PATHS = { xapi: '/xapi/statements', caliper: '/caliper/events', interactions: '/interactions' }

type Sent = { text: string; variant: number; late: boolean; arrival: number; at: number; week: number; door: keyof typeof PATHS; fault: number; trace: string } // prettier-ignore

/** A year's records as they are sent. */
function everything(district = plan, from = 0, to = district.year.weeks): Sent[] {
  const write = recordWriter(district)
  const row = emptyRow()
  const random = new Random()
  const sent: Sent[] = []
  for (const { deliveries, order, week } of weeksOf(district, from, to)) {
    for (const i of order) {
      const trace = traceOf(deliveries.read(i, row))
      const variant = deliveries.variant(i)
      const fault = variant === VARIANT.malformed ? faultOf(district, row, random) : -1
      const door = SOURCES[trace.source].door
      const [late, arrival] = [deliveries.late(i), deliveries.arrival[i]!]
      sent.push({ text: write(row, variant), variant, late, arrival, at: row.at, week, door, fault, trace: trace.name })
    }
  }
  return sent
}

const hash = (list: readonly Sent[]) =>
  createHash('sha256')
    .update(list.map(({ text }) => text).join('\n'))
    .digest('hex')
const year = everything()
const valid = year.filter(({ variant }) => variant === VARIANT.original)

describe('same seed, same bytes', () => {
  test('the same seed gives the same year, another seed another', () => {
    expect(hash(everything(planDistrict({ size: 150, seed: 7, timeZone })))).toBe(hash(year))
    expect(hash(everything(planDistrict({ size: 150, seed: 8, timeZone }), 0, 2))).not.toBe(
      hash(year.filter(({ week }) => week < 2)),
    )
  })

  test('weeks are the same however the year is cut', () => {
    const week = fc.integer({ min: 0, max: 41 })
    fc.assert(
      fc.property(fc.tuple(week, week), ([a, b]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1]
        expect(hash(everything(plan, from, to))).toBe(hash(year.filter(sent => sent.week >= from && sent.week < to)))
      }),
      { numRuns: 6, seed: 1 },
    )
  })

  test('files hold the same bytes as are sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'homeroom-demo-'))
    try {
      const { records } = await writeEvents(plan, folder, { weeks: { from: 10, to: 12 } })
      const expected = year.filter(({ week }) => week === 10 || week === 11)
      expect(records).toBe(expected.length)
      const lines: string[] = []
      for (const monday of ['2025-11-03', '2025-11-10']) {
        for (const source of Object.keys(SOURCES)) {
          lines.push(...(await readFile(join(folder, monday, `${source}.jsonl`), 'utf8')).split('\n').slice(0, -1))
        }
      }
      expect(lines.sort()).toEqual(expected.map(({ text }) => text).sort())
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('what is sent', () => {
  test('every valid record passes the rules of its door', () => {
    const faults = valid.flatMap(({ text, door }, index) => faultsIn(PATHS[door], JSON.parse(text), index))
    expect(faults).toEqual([])
  })

  test('every malformed record is refused at the planted field', () => {
    const malformed = year.filter(({ variant }) => variant === VARIANT.malformed)
    expect(malformed.length).toBeGreaterThan(200)
    const misjudged = malformed.filter(({ text, door, fault, trace }) => {
      const { field } = traces.find(({ name }) => name === trace)!.faults[fault]!
      const found = faultsIn(PATHS[door], JSON.parse(text), 0)
      return found.length !== 1 || found[0]!.path !== field
    })
    expect(misjudged).toEqual([])
  })

  test('every fault of every door occurs', () => {
    const found = new Set(year.filter(({ fault }) => fault >= 0).map(({ door, fault }) => `${door} ${fault}`))
    expect(found.size).toBe(11 + 7 + 5)
  })

  test('2 % come twice, 3 % come late, .5 % more are malformed', () => {
    const share = (is: (sent: Sent) => boolean) => year.filter(is).length / valid.length
    expect(Math.abs(share(({ variant }) => variant === VARIANT.duplicate) - 0.02)).toBeLessThan(0.002)
    expect(Math.abs(share(({ late }) => late) - 0.03)).toBeLessThan(0.002)
    expect(Math.abs(share(({ variant }) => variant === VARIANT.malformed) - 0.005)).toBeLessThan(0.001)
  })

  test('late ones come 1 to 20 days after they happened, the others at once', () => {
    const days = ({ arrival, at }: Sent) => (arrival - at) / 86_400_000
    const late = year.filter(sent => sent.late)
    expect(late.filter(sent => days(sent) < 1 || days(sent) > 20)).toEqual([])
    expect(Math.max(...late.map(days)) - Math.min(...late.map(days))).toBeGreaterThan(18)
    expect(valid.filter(sent => !sent.late && days(sent) !== 0)).toEqual([])
  })

  test('records are sent in order of arrival, and a duplicate after its original, byte for byte the same', () => {
    const seen = new Set<string>()
    const wrong = year.filter(({ text, variant, arrival }, i) => {
      const known = seen.has(text)
      seen.add(text)
      return known !== (variant === VARIANT.duplicate) || (i > 0 && arrival < year[i - 1]!.arrival)
    })
    expect(wrong).toEqual([])
  })

  test('three quarters of the learning events are xAPI, a quarter Caliper', () => {
    const xapi = valid.filter(({ door }) => door === 'xapi').length
    const caliper = valid.filter(({ door }) => door === 'caliper').length
    expect(caliper / (xapi + caliper)).toBeGreaterThan(0.2)
    expect(caliper / (xapi + caliper)).toBeLessThan(0.3)
  })
})

describe('recovery', () => {
  let folder = ''
  let truth: Truth
  const table = async (name: string) =>
    parse(await readFile(join(folder, name)), { columns: true }) as Record<string, string>[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homeroom-demo-'))
    truth = await writeTruth(plan, folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const studentOf = new Map(
    plan.usernames.flatMap((user, student) => [
      [user, studentId(student)],
      [`mailto:${emailOf(user)}`, studentId(student)],
      [personIri(user), studentId(student)],
    ]),
  )
  const dayOf = (ms: number) => String(dayAt(plan.year, ms))

  test('the rule for time on task finds exactly the planted minutes and active days of every student and week', async () => {
    const found = minutesByDay(
      activities(
        valid.map(({ text }) => JSON.parse(text)),
        studentOf,
      ),
      dayOf,
    )
    const weeks = new Map<string, { minutes: number; days: number; weekend: number }>()
    for (const [key, minutes] of found) {
      const [student, day] = key.split('|') as [string, string]
      const week = `${student}|${plan.year.dates[Math.floor(Number(day) / 7) * 7]}`
      const sum = weeks.get(week) ?? { minutes: 0, days: 0, weekend: 0 }
      sum.minutes += minutes
      if (Number(day) % 7 < 5) sum.days++
      else sum.weekend++
      weeks.set(week, sum)
    }
    const rows = await table('student-weeks.csv')
    expect(rows).toHaveLength(150 * 39)
    for (const { student, week, minutes, active_days, weekend_days } of rows) {
      const sum = weeks.get(`${student}|${week}`) ?? { minutes: 0, days: 0, weekend: 0 }
      expect(Math.round(sum.minutes * 1e6) / 1e6, `${student} ${week}`).toBe(Number(minutes))
      expect([sum.days, sum.weekend]).toEqual([Number(active_days), Number(weekend_days)])
    }
    expect(weeks.size).toBe(rows.filter(row => row.minutes !== '0').length)
  })

  test('contacts of each student with the adviser are those of the truth, at the planted rates', async () => {
    const met = valid
      .map(
        ({ text }) =>
          JSON.parse(text) as { kind?: string; mode?: string; participants: { id: string; role: string }[] },
      )
      .filter(row => row.kind === 'met' && row.mode === 'adult' && row.participants[0]!.role === 'adviser')
    const counts = Map.groupBy(met, row => row.participants[1]!.id)
    const planted = new Map<string, number>()
    for (const { student, contacts } of await table('student-weeks.csv')) {
      planted.set(student!, (planted.get(student!) ?? 0) + Number(contacts))
    }
    let expected = 0
    for (let student = 0; student < plan.students.count; student++) {
      expect(counts.get(studentId(student))?.length ?? 0).toBe(planted.get(studentId(student)))
      expected += plan.students.contactRate[student]! * 39
    }
    expect(Math.abs(met.length - expected)).toBeLessThan(4 * Math.sqrt(expected))
  })

  test('absences are those of the truth, and nobody is absent on a day on which a record shows them at school', async () => {
    type Row = { kind?: string; at: string; object?: string; participants: { id: string; role: string }[] }
    const rows = valid.map(({ text }) => JSON.parse(text) as Row).filter(row => row.kind !== undefined)
    const absent = rows.filter(row => row.kind === 'absent')
    const keys = new Set(absent.map(row => `${row.participants[0]!.id}|${dayOf(Date.parse(row.at))}`))
    const known = (await table('attendance.csv')).filter(row => row.delivered === 'true')
    expect([...keys].sort()).toEqual(known.map(row => `${row.student}|${plan.year.dates.indexOf(row.day!)}`).sort())
    expect(absent).toHaveLength(keys.size)
    const worked = activities(
      valid.map(({ text }) => JSON.parse(text)),
      studentOf,
    )
    const atSchool = worked.filter(
      ({ from }) => from < plan.year.midnightMs[dayAt(plan.year, from)]! + 15.5 * 3_600_000,
    )
    const met = rows.filter(row => row.kind === 'met' || row.kind === 'referred')
    const seen = [
      ...atSchool.map(({ who, from }) => `${who}|${dayOf(from)}`),
      ...met.flatMap(row => row.participants.map(({ id }) => `${id}|${dayOf(Date.parse(row.at))}`)),
    ]
    expect(seen.filter(key => keys.has(key))).toEqual([])
    expect(keys.size).toBeGreaterThan(500)
  })

  test('a virtual tutor is asked within practice, and only by those who use one', () => {
    const asked = valid
      .map(({ text }) => JSON.parse(text) as { objectType?: string; participants: { id: string }[] })
      .filter(row => row.objectType === 'virtual-tutor')
    const users = plan.usernames.filter((_, student) => plan.asksVirtualTutor[student] === 1)
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.filter(row => !users.includes(row.participants[0]!.id))).toEqual([])
  })

  test('active students of each school and week are counted where they were enrolled', async () => {
    const rows = await table('school-weeks.csv')
    const students = await table('student-weeks.csv')
    const active = students.filter(row => Number(row.active_days) + Number(row.weekend_days) > 0).length
    const counted = rows.reduce((sum, row) => sum + Number(row.active_students), 0)
    // Those who move within a week may be active in both schools.
    expect(counted).toBeGreaterThanOrEqual(active)
    expect(counted - active).toBeLessThanOrEqual(plan.moves.length)
  })

  test('the totals are those of what is sent', async () => {
    for (const door of ['xapi', 'caliper', 'interactions'] as const) {
      const own = year.filter(sent => sent.door === door)
      const of = (variant: number) => own.filter(sent => sent.variant === variant).length
      expect(truth.doors[door]).toMatchObject({
        sent: own.length,
        valid: of(VARIANT.original),
        duplicates: of(VARIANT.duplicate),
        malformed: of(VARIANT.malformed),
        late: own.filter(({ late }) => late).length,
      })
    }
    const rows = await table('malformed.csv')
    expect(rows).toHaveLength(year.filter(({ variant }) => variant === VARIANT.malformed).length)
    const texts = new Map(year.filter(({ fault }) => fault >= 0).map(({ text }) => [/[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)?.[0], text])) // prettier-ignore
    const named = rows.filter(row => row.field !== 'id' && row.door !== 'interactions')
    for (const row of named) expect(texts.has(row.id)).toBe(true)
  })

  test('every voided statement is named with the one that voids it, and both are sent', async () => {
    const rows = await table('voided.csv')
    expect(rows).toHaveLength(truth.doors.xapi.voiding)
    expect(rows.length).toBeGreaterThan(10)
    const byId = new Map(
      valid
        .filter(({ trace }) => trace === 'mistakes')
        .map(({ text }) => [(JSON.parse(text) as { id: string }).id, text]),
    )
    for (const { voided_id, voiding_id } of rows) {
      expect(byId.get(voiding_id!)).toContain(voided_id)
      expect(byId.has(voided_id!)).toBe(true)
    }
  })
})
