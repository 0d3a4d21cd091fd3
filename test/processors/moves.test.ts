import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storeAliases } from '../../processors/person-of-store.ts'
import type { RosterEntry } from '../../schemas/roster.ts'
import {
  aRecord,
  aSchool,
  anAlias,
  anEnrolment,
  aStudent,
  enrol,
  person,
  recompute,
  store,
} from '../helpers/records.ts'
import { referenceWeeks } from '../helpers/reference-engagement.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'

// Indicators 0: each day belongs to the school of enrolment on it; a student has one value over all schools, and weighs in
// a school by the share of its school days. Computed here day by day, beside the SQL that does it with bits.

const DAYS = ['02', '03', '04', '05', '06', '07', '08'].map(day => `2026-03-${day}`)
const SCHOOLS = ['S1', 'S2', 'S3']
const STUDENTS = ['ada', 'ben', 'cleo', 'dev']

type Student = {
  /** School on each day of the week; null: enrolled nowhere. */
  schools: (string | null)[]
  /** On which days there was a click. */
  clicks: number[]
  /** From this day on the student goes by another id, in roster and events; 7: never. */
  renamed: number
}
type Week = { students: Student[]; holidays: { school: string; day: number }[] }
type Figure = { n: number; enrolled: number; value: number | null }

const nameOn = (name: string, day: number, { renamed }: Student): string => (day >= renamed ? `${name}-again` : name)

const anyStudent = fc.record({
  first: fc.constantFrom(...SCHOOLS),
  second: fc.constantFrom(...SCHOOLS, null),
  moves: fc.integer({ min: 0, max: 7 }),
  clicks: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
  isRenamed: fc.boolean(),
})
const anyWeek = fc.record({
  students: fc.array(anyStudent, { minLength: 4, maxLength: 4 }).map(sketches =>
    sketches.map(({ first, second, moves, clicks, isRenamed }): Student => ({
      schools: DAYS.map((_, day) => (day < moves ? first : second)),
      clicks,
      renamed: isRenamed ? moves : 7,
    })),
  ),
  holidays: fc.array(fc.record({ school: fc.constantFrom(...SCHOOLS), day: fc.integer({ min: 0, max: 4 }) }), {
    maxLength: 5,
  }),
})

function reference({ students, holidays }: Week): Record<string, Figure> {
  const schoolDays = (school: string): number[] =>
    [0, 1, 2, 3, 4].filter(day => !holidays.some(holiday => holiday.school === school && holiday.day === day))
  const open = SCHOOLS.filter(school => schoolDays(school).length >= 2)
  const isAlive = (school: string, day: number): boolean =>
    students.some(other => other.schools[day] === school && other.clicks.includes(day))
  const figures: Record<string, Figure> = {}
  for (const school of open) {
    const found: { weight: number; value: number | null }[] = []
    for (const student of students) {
      const there = schoolDays(school).filter(day => student.schools[day] === school)
      if (there.length === 0) continue
      // Over all the open schools where the student was on some school day of theirs.
      const own = open.filter(other => schoolDays(other).some(day => student.schools[day] === other))
      const days = own.flatMap(other => schoolDays(other).filter(day => student.schools[day] === other))
      const isKnown =
        student.clicks.some(day => own.includes(student.schools[day] ?? '')) ||
        days.some(day => isAlive(student.schools[day]!, day))
      const active = days.filter(day => student.clicks.includes(day)).length / days.length
      found.push({ weight: there.length / schoolDays(school).length, value: isKnown ? active : null })
    }
    if (found.length === 0) continue
    const known = found.filter(one => one.value !== null)
    const sum = known.reduce((total, { weight }) => total + weight, 0)
    const mean = known.reduce((total, { weight, value }) => total + weight * value!, 0) / sum
    figures[school] = { n: known.length, enrolled: found.length, value: known.length >= 2 ? mean : null }
  }
  return figures
}

/** Each run of days at one school under one id is an enrolment. */
function enrolmentsOf(name: string, student: Student): RosterEntry[] {
  const entries: RosterEntry[] = []
  for (let from = 0, to = 1; to <= 7; to++) {
    const isSame = to < 7 && student.schools[to] === student.schools[from] && to !== student.renamed
    if (isSame) continue
    const school = student.schools[from]
    const end = to < 7 ? DAYS[to]! : '2026-03-09'
    if (school) entries.push(anEnrolment(nameOn(name, from, student), `home-${school}`, school, DAYS[from]!, end))
    from = to
  }
  return entries
}

function rosterOf({ students, holidays }: Week): RosterEntry[] {
  const entry = { source: 'sis', storedAt: '2025-08-01T12:00:00.000Z', status: 'active' as const }
  return [
    ...SCHOOLS.flatMap(school => aSchool(school, { [`home-${school}`]: [] })),
    ...holidays.map(({ school, day }): RosterEntry => ({
      type: 'day',
      ...entry,
      school,
      day: DAYS[day]!,
      schoolDay: false,
      reason: 'holiday',
    })),
    ...students.flatMap((student, i) => {
      const name = STUDENTS[i]!
      const names = [name, ...(student.renamed < 7 ? [`${name}-again`] : [])]
      return [...names.flatMap(one => [aStudent(one), anAlias(one, one)]), ...enrolmentsOf(name, student)]
    }),
  ]
}

test('a student who moves within a week, and may be given another id, counts at each school for the days there', async () => {
  await fc.assert(
    fc.asyncProperty(anyWeek, fc.boolean(), async (week, mergedFirst) => {
      const warehouse = await freshWarehouse()
      const records = week.students.flatMap((student, i) =>
        student.clicks.map(day =>
          aRecord({ actor: nameOn(STUDENTS[i]!, day, student), at: `${DAYS[day]}T10:00:00-05:00` }),
        ),
      )
      const renamed = STUDENTS.filter((_, i) => week.students[i]!.renamed < 7)
      const merge = () =>
        storeAliases(
          warehouse,
          renamed.map(name => ({
            type: 'alias',
            source: 'homeroom',
            storedAt: '2026-03-10T12:00:00.000Z',
            status: 'active',
            id: person(name),
            person: person(`${name}-again`),
            link: 'same',
            decision: { by: person('olga'), why: 're-enrolled' },
          })),
        )
      if (mergedFirst) await merge()
      await enrol(warehouse, ...rosterOf(week))
      await store(warehouse, records)
      await recompute(warehouse)
      if (!mergedFirst) await merge()
      await recompute(warehouse)

      const people = new Map(renamed.map(name => [person(name), person(`${name}-again`)]))
      const students = await warehouse.query<{ student: string; days: string[] }>(
        'select lower(hex(student_id)) as student, learning_days as days from student_week final order by student',
      )
      const expected = referenceWeeks(records, people) as { student: string; days: string[] }[]
      expect(students).toEqual(expected.map(({ student, days }) => ({ student, days })))
      // Without a record no week was ever touched, and there are no aggregates.
      expect(await figures(warehouse)).toEqual(records.length > 0 ? rounded(reference(week)) : {})
    }),
    { numRuns: 15, seed: 20261122 },
  )
}, 180_000)

async function figures(warehouse: Awaited<ReturnType<typeof freshWarehouse>>): Promise<Record<string, Figure>> {
  const rows = await warehouse.query<Figure & { school: string }>(
    `select unit_id as school, n, enrolled, value from indicators final
     where unit_type = 'school' and indicator = 'active_days' and slice = '' and status != 'not_applicable' order by school`,
  )
  return rounded(Object.fromEntries(rows.map(({ school, ...figure }) => [school, figure])))
}

const rounded = (found: Record<string, Figure>): Record<string, Figure> =>
  Object.fromEntries(
    Object.entries(found).map(([school, figure]) => [
      school,
      { ...figure, value: figure.value === null ? null : Math.round(figure.value * 1e9) / 1e9 },
    ]),
  )
