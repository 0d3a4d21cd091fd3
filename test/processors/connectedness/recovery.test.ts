import { beforeAll, describe, expect, test } from 'vitest'
import { planDistrict, staffId, studentId, type District } from '../../../infra/demo/district.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { connectednessStage } from '../../../processors/connectedness/recompute-connectedness.ts'
import { eventRows, eventsStream } from '../../../processors/event-rows.ts'
import { localTime } from '../../../processors/local-time.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { encounterRecords } from '../../helpers/encounter-records.ts'
import { enrol, person, placed, ZONE } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { MINUTE_MS } from './a-school-of-contacts.ts'

// The full-size demo district: what is planted of contacts and ties is found again in the warehouse. Contacts of 16 weeks; of
// what happened before, less than a sixteenth of the weight would be left.
const LAST = 36
const WEEKS = 16
const ENTRY = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
/** Contacts a week with the adviser: the others are planted with .05. */
const MET_FROM = 0.35

const emptied = emptiedWarehouse()
const plan = planDistrict({ size: 'district', seed: 20261122, timeZone: ZONE })
const week = plan.year.dates[LAST * 7]!
let warehouse: Warehouse

beforeAll(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...roster(plan))
  const local = localTime(ZONE)
  for (let at = LAST - WEEKS + 1; at <= LAST; at++) {
    const rows = eventRows(placed(encounterRecords(plan, at, person)), local)
    if (rows.length > 0) await warehouse.insertArrow('events', eventsStream(rows))
  }
  const mondays = Array.from({ length: WEEKS }, (_, i) => plan.year.dates[(LAST - WEEKS + 1 + i) * 7]!)
  await connectednessStage({ warehouse, config: { timeZone: ZONE, district: 'demo' } }).run(mondays, () => false)
}, 15 * MINUTE_MS)

function* rosterOf(of: District): Generator<RosterEntry> {
  for (const { id, name } of of.schools) yield { type: 'school', ...ENTRY, id, name }
  for (const [i, { role }] of of.staff.entries())
    yield { type: 'person', ...ENTRY, id: person(staffId(i)), role: role === 'teacher' ? 'teacher' : 'staff', grade: '', groups: {} }
  for (const { id, school, adviser } of of.advisories) {
    const base = { ...ENTRY, school: of.schools[school]!.id }
    yield { type: 'class', ...base, id, label: id, classType: 'homeroom', subjects: [], grades: [] }
    yield { type: 'enrolment', ...base, id: `adviser|${id}`, person: person(staffId(adviser)), class: id, role: 'teacher', begin: of.year.begin, end: null }
  }
  for (let student = 0; student < of.students.count; student++) {
    const id = person(studentId(student))
    const grade = String(of.students.grade[student]).padStart(2, '0')
    yield { type: 'person', ...ENTRY, id, role: 'student', grade, groups: { planted: `band ${of.students.band[student]}` } }
    const move = of.moves[of.moveOf[student]!]
    const moved = move && of.year.dates[move.day]!
    const stays = [[of.advisoryOf[student]!, of.year.begin, moved ?? null] as const, ...(move ? [[move.advisory, moved!, null] as const] : [])]
    for (const [advisory, begin, end] of stays) {
      const { id: homeroom, school } = of.advisories[advisory]!
      yield { type: 'enrolment', ...ENTRY, id: `${student}|${homeroom}`, person: id, class: homeroom, school: of.schools[school]!.id, role: 'student', begin, end }
    }
  }
} // prettier-ignore

const roster = (of: District): RosterEntry[] => [...rosterOf(of)]

describe('in the full-size demo district', () => {
  test('sustained adult contact finds those who are met, .90, and those who are not, .94', async () => {
    const rows = await warehouse.query<{ id: string; found: boolean }>(
      `select lower(hex(student_id)) as id, sustained > 0 as found from student_connectedness final where week = {week:Date}`,
      { week },
    )
    const found = new Map(rows.map(({ id, found: is }) => [id, Boolean(is)]))
    const met: boolean[] = []
    const unmet: boolean[] = []
    for (let student = 0; student < plan.students.count; student++) {
      const is = found.get(person(studentId(student)))!
      ;(plan.students.contactRate[student]! >= MET_FROM ? met : unmet).push(is)
    }
    const share = (list: boolean[]) => list.filter(Boolean).length / list.length
    console.log('adult contact:', { students: rows.length, sensitivity: share(met), specificity: 1 - share(unmet) })
    expect(share(met)).toBeGreaterThanOrEqual(0.9)
    expect(1 - share(unmet)).toBeGreaterThanOrEqual(0.94)
  })

  test('all planted isolates have no logged peer tie', async () => {
    const rows = await warehouse.query<{ id: string }>(
      `select lower(hex(student_id)) as id from student_connectedness final where week = {week:Date} and peer_ties = 0 and seen_days >= 20`,
      { week },
    )
    const found = new Set(rows.map(({ id }) => id))
    const planted = Array.from({ length: plan.students.count }, (_, i) => i).filter(i => plan.students.isolate[i])
    console.log('no peer tie:', { planted: planted.length, found: found.size })
    expect(planted.filter(student => !found.has(person(studentId(student))))).toEqual([])
  })

  test('assortativity across planted bands is the theoretical .3684, within .07', async () => {
    const rows = await warehouse.query<{ ties: string; assortativity: number; se: number; edges: number }>(
      `select ties, assortativity, se, edges from mixing final
       where week = {week:Date} and unit_type = 'district' and attribute = 'planted' order by ties`,
      { week },
    )
    console.log('mixing:', rows)
    const all = rows.find(({ ties }) => ties === 'all')!
    const chosen = rows.find(({ ties }) => ties === 'chosen')!
    for (const { assortativity } of [all, chosen]) expect(Math.abs(assortativity - 0.3684)).toBeLessThan(0.07)
    expect(all.se).toBeLessThan(0.03)
  })
})
