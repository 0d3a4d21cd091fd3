import { beforeAll, expect, test } from 'vitest'
import { studentDays } from '../../../infra/demo/district.ts'
import { planDistrict, weeklyMinutes } from '../../../infra/demo/index.ts'
import { AlarmRaised } from '../../../schemas/action.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { person } from '../../helpers/records.ts'
import { storeRosters } from '../../../processors/store-rosters.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'
import { aHandledLog, alarmsOf, monday, plantWeek } from './planted-weeks.ts'

/** Indicators, section G: what the alarms have to find of what is planted in the district. */
const BARS = { precision: 0.7, foundWithinFourWeeks: 0.9, controlsFlagged: 0.03 }

const plan = planDistrict({ size: 'district', seed: 20261122, timeZone: 'America/New_York' })
const { students, year, schools, moves, moveOf } = plan
const ids = Array.from({ length: students.count }, (_, student) => person(`student ${student}`))
const weekOf = new Map(year.openWeeks.map((week, index) => [week, index]))

/** By student: the open week of the first alarm; −1: none. */
const first = new Int16Array(students.count).fill(-1)

beforeAll(async () => {
  const warehouse = await freshWarehouse()
  await storeRosters(warehouse, [...roster()])
  for (const week of year.openWeeks) {
    const minutes = weeklyMinutes(plan, week)
    await plantWeek(
      warehouse,
      monday(week),
      ids.flatMap((student, i) => {
        const bits = studentDays(plan, i, week)
        const days = [0, 1, 2, 3, 4].filter(day => bits & (1 << day))
        return minutes[i]! > 0 && days.length > 0 ? [{ student, minutes: minutes[i]!, days }] : []
      }),
    )
  }
  const { log, appended } = aHandledLog()
  if (!(await alarmsOf(warehouse, log).run([monday(0)]))) throw new Error('the alarms were not computed')
  const indexOf = new Map(ids.map((id, index) => [id, index]))
  for (const value of appended) {
    const { student, week } = AlarmRaised.parse(JSON.parse(value))
    const at = weekOf.get(Math.round((Date.parse(week) - Date.parse(monday(0))) / (7 * 86_400_000)))!
    const index = indexOf.get(student)!
    if (first[index] === -1 || at < first[index]!) first[index] = at
  }
}, 240_000)

test('of the planted drops nine in ten are found within four weeks, and few others are', () => {
  let [alarms, right, planted, found, controls, flagged] = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < students.count; i++) {
    const drop = students.dropWeek[i]! < 0 ? -1 : weekOf.get(students.dropWeek[i]!)!
    const at = first[i]!
    if (at >= 0) alarms++
    if (drop < 0) {
      controls++
      if (at >= 0) flagged++
      continue
    }
    planted++
    if (at >= drop) right++
    if (at >= drop && at <= drop + 3) found++
  }
  const figures = {
    precision: right / alarms,
    foundWithinFourWeeks: found / planted,
    controlsFlagged: flagged / controls,
  }
  console.log('alarms on the planted district:', { students: students.count, planted, alarms, ...figures })
  expect(figures.precision).toBeGreaterThanOrEqual(BARS.precision)
  expect(figures.foundWithinFourWeeks).toBeGreaterThanOrEqual(BARS.foundWithinFourWeeks)
  expect(figures.controlsFlagged).toBeLessThanOrEqual(BARS.controlsFlagged)
})

/** Schools of one homeroom each, with those who move, and the days without school. */
function* roster(): Generator<RosterEntry> {
  const entry = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
  const homeroom = (school: number): string => `hr-${schools[school]!.id}`
  for (const [index, { id }] of schools.entries()) {
    yield { type: 'school', ...entry, id, name: id }
    yield { type: 'class', ...entry, id: homeroom(index), school: id, label: id, classType: 'homeroom', subjects: [], grades: [] } // prettier-ignore
  }
  for (const { day, reason } of year.closed)
    yield { type: 'day', ...entry, school: '', day: year.dates[day]!, schoolDay: false, reason }
  for (const [i, id] of ids.entries()) {
    yield { type: 'person', ...entry, id, role: 'student', grade: '', groups: {} }
    const move = moves[moveOf[i]!]
    const moved = move && year.dates[move.day]!
    const stay = (school: number, begin: string, end: string | null): RosterEntry => ({
      type: 'enrolment',
      ...entry,
      id: `${i}|${begin}`,
      person: id,
      role: 'student',
      class: homeroom(school),
      school: schools[school]!.id,
      begin,
      end,
    })
    yield stay(students.school[i]!, year.begin, moved ?? null)
    if (move) yield stay(move.school, moved!, null)
  }
}
