import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planDistrict, studentNumber } from '../../infra/demo/district.ts'
import { writeFiles } from '../../infra/demo/write-files.ts'
import { writeTruth, type Truth } from '../../infra/demo/write-truth.ts'
import type { Instrument } from '../../schemas/survey.ts'

type Row = Record<string, string>

const plan = planDistrict({ size: 1500, seed: 7, timeZone: 'America/New_York' })
let folder = ''
let truth: Truth

const loaded = async (path: string): Promise<Row[]> => parse(await readFile(join(folder, path)), { columns: true })
const planted = async (name: string): Promise<Row[]> => loaded(`truth/${name}.csv`)
const numberOf = new Map(
  Array.from({ length: plan.students.count }, (_, student) => [
    studentNumber(student),
    `student-${String(student + 1).padStart(6, '0')}`,
  ]),
)
/** `2025-09-02` of `9/2/2025` */
const isoDay = (day: string): string => {
  const [month, date, year] = day.split('/')
  return day === '' ? '' : `${year}-${month!.padStart(2, '0')}-${date!.padStart(2, '0')}`
}
const joined = (rows: readonly string[][]): string[] => rows.map(row => row.join('|')).sort()
const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length
const isSchoolDay = (day: string): boolean => {
  const number = plan.year.dates.indexOf(day)
  return plan.schools.some((_, school) => plan.schoolDays(school, Math.floor(number / 7)) & (1 << (number % 7)))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-planted-'))
  await writeFiles(plan, folder)
  truth = await writeTruth(plan, join(folder, 'truth'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('what the files say is what is planted', () => {
  test('plans: units, mix and days', async () => {
    const rows = await loaded('plans/planner/plans.csv')
    expect(rows).toHaveLength(truth.files.plans)
    const said = rows.map(row => [numberOf.get(row['Student Number']!)!, row['Units per Week']!, row['On My Own']!, row['With a Teacher']!, row['With a Partner']!, row['In a Group']!, isoDay(row.Starts!), isoDay(row['Last Day']!)]) // prettier-ignore
    const known = (await planted('plans')).map(row => [row.student!, row.units_per_week!, row.individual!, row.adult!, row.peer!, row.group!, row.from!, row.through!]) // prettier-ignore
    expect(joined(said)).toEqual(joined(known))
    for (const [, units, ...rest] of said) {
      expect(Number(units)).toBeGreaterThan(0)
      expect(rest.slice(0, 4).reduce((sum, share) => sum + Number(share), 0)).toBe(100)
      expect(Math.min(...rest.slice(0, 4).map(Number))).toBeGreaterThanOrEqual(0)
    }
  })

  test('goals: when, how they ended, and a level if and only if they were rated', async () => {
    const rows = await loaded('plans/goal-book/goals.csv')
    expect(rows).toHaveLength(truth.files.goals)
    const words: Record<string, string> = { reached: 'attained', 'not reached': 'missed', 'given up': 'dropped', '': 'open' } // prettier-ignore
    const said = rows.map(row => [row.student_id!, row.kind === 'this term' ? 'short' : 'long', row.subject!, row.set_on!, row.due_on!, row.ended_on!, words[row.outcome!]!, row.level!, row.weight!]) // prettier-ignore
    const known = (await planted('goals')).map(row => [row.student!, row.horizon!, row.subject!, row.set!, row.due!, row.ended!, row.outcome!, row.level!, row.weight!]) // prettier-ignore
    expect(joined(said)).toEqual(joined(known))
    for (const [, , , , , ended, outcome, level] of said) {
      expect(level === '').toBe(outcome === 'open' || outcome === 'dropped')
      expect(ended === '').toBe(outcome === 'open')
    }
    const ended = said.filter(row => row[5] !== '')
    expect(ended.filter(([, , , set, due, end]) => set! > end! || end! > due!)).toEqual([])
    const rated = said.filter(row => row[7] !== '')
    expect(rated.filter(([, , , , , , outcome, level]) => (outcome === 'attained') !== Number(level) >= 0)).toEqual([])
    expect(new Set(rows.map(row => row.goal_id)).size).toBe(rows.length)
  })

  test('choices: the menu, the pick and who picked', async () => {
    const rows = await loaded('plans/planner/choices.csv')
    expect(rows).toHaveLength(truth.files.choices)
    const said = rows.map(row => [numberOf.get(row['Student Number']!)!, isoDay(row.Date!), row.Subject!, String(row.Menu!.split('|').length), row.Picked!, row['Picked By']!]) // prettier-ignore
    const known = (await planted('choices')).map(row => [row.student!, row.day!, row.subject!, row.offered!, row.taken!, row.by!]) // prettier-ignore
    expect(joined(said)).toEqual(joined(known))
    const picked = rows.filter(row => row.Picked !== '')
    expect(picked.filter(row => !row.Menu!.split('|').includes(row.Picked!))).toEqual([])
  })

  test('reflections: one line each, on days of school', async () => {
    const lines = (await readFile(join(folder, 'plans/planner/reflections.jsonl'), 'utf8')).trimEnd().split('\n')
    const rows = lines.map(line => JSON.parse(line) as { id: string; student: { number: string }; subject: string; written: string }) // prettier-ignore
    expect(rows).toHaveLength(truth.files.reflections)
    const said = rows.map(row => [numberOf.get(row.student.number)!, row.written.slice(0, 10), row.subject])
    const known = (await planted('reflections')).map(row => [row.student!, row.day!, row.subject!])
    expect(joined(said)).toEqual(joined(known))
    expect(new Set(rows.map(row => row.id)).size).toBe(rows.length)
    expect(said.filter(([, day]) => !isSchoolDay(day!))).toEqual([])
  })

  test('surveys: who answered where and when, each with answers in one language', async () => {
    const known = await planted('responses')
    expect(known).toHaveLength(truth.files.responses)
    const said: string[][] = []
    for (const survey of new Set(known.map(row => row.survey!))) {
      const rows = await loaded(`surveys/${survey}.csv`)
      const { scales } = JSON.parse(await readFile(join(folder, `surveys/${survey}.json`), 'utf8')) as Instrument
      const labels = (language: string) =>
        new Set(Object.values(scales).flatMap(({ labels, declined }) => [...labels[language]!, ...declined[language]!]))
      for (const row of rows) {
        const answers = Object.entries(row).filter(([item, answer]) => /^[A-Z]{1,2}\d$/.test(item) && item !== 'F1' && answer !== '') // prettier-ignore
        const language = answers.every(([, answer]) => labels('es').has(answer)) ? 'es' : 'en'
        expect(answers.filter(([, answer]) => !labels(language).has(answer))).toEqual([])
        said.push([survey, numberOf.get(row['Student Number'] ?? '') ?? '', row.Answered!.slice(0, 10), language])
      }
      expect(new Set(rows.map(row => row.Response)).size).toBe(rows.length)
    }
    const isStudent = (row: Row) => row.survey!.endsWith('student')
    expect(joined(said)).toEqual(
      joined(known.map(row => [row.survey!, isStudent(row) ? row.who! : '', row.day!, row.language!])),
    )
    const staff = new Set(known.filter(row => row.survey!.endsWith('staff')).map(row => row.day!))
    expect([...staff].filter(day => !isSchoolDay(day))).toEqual([])
    expect(known.filter(row => row.counts === 'false').length / known.filter(isStudent).length).toBeCloseTo(0.03, 2)
  })

  test('referrals and marks', async () => {
    const referrals = await loaded('behaviour/referrals.csv')
    expect(referrals).toHaveLength(truth.files.referrals)
    const said = referrals.map(row => [numberOf.get(row['Student Number']!)!, isoDay(row['Incident Date']!), row.Level!, row.Behavior!, row.Action!]) // prettier-ignore
    const known = (await planted('referrals')).map(row => [row.student!, row.day!, row.level!, row.behaviour!, row.action!]) // prettier-ignore
    expect(joined(said)).toEqual(joined(known))
    const marks = await loaded('grades/grades-2025-2026.csv')
    expect(marks).toHaveLength(truth.files.marks)
    const codes: Record<string, string> = { ELA: 'ela', MA: 'math' }
    const marked = marks.map(row => [numberOf.get(row['Student Number']!)!, row.Term!, codes[row['Course Subject']!]!, row.Percent!]) // prettier-ignore
    const plantedMarks = (await planted('marks')).map(row => [row.student!, row.quarter!, row.subject!, row.percent!])
    expect(joined(marked)).toEqual(joined(plantedMarks))
    for (const { Mark, Percent } of marks) expect(Mark!.startsWith('F')).toBe(Percent !== '' && Number(Percent) < 60)
  })
})

describe('the laws', () => {
  test('85 % plan, and what they plan lies around what they usually complete', async () => {
    const plans = await planted('plans')
    expect(new Set(plans.map(row => row.student)).size / plan.students.count).toBeCloseTo(0.85, 1)
    const ambition = plans.map(row => Math.log(Number(row.units_per_week) / Number(row.usual_units)))
    expect(mean(ambition)).toBeCloseTo(0, 1)
    expect(Math.sqrt(mean(ambition.map(x => x ** 2)))).toBeCloseTo(0.26, 1)
  })

  test('levels attained lie around 0, two thirds of the rated goals at the expected level or above', async () => {
    const levels = (await planted('goals')).filter(row => row.level !== '').map(row => Number(row.level))
    expect(mean(levels)).toBeCloseTo(0, 1)
    expect(levels.filter(level => level >= 0).length / levels.length).toBeCloseTo(0.69, 1)
  })

  test('two of five choose from menus, and of these 35 to 95 % of the picks are their own', async () => {
    const choices = await planted('choices')
    const by = Map.groupBy(choices, row => row.student!)
    expect(by.size / plan.students.count).toBeCloseTo(0.4, 1)
    expect(choices.filter(row => row.by === 'student').length / choices.length).toBeCloseTo(0.65, 1)
    const often = [...by.values()].filter(list => list.length >= 10)
    const shares = often.map(list => list.filter(row => row.by === 'student').length / list.length)
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.5)
  })

  test('who fails next quarter was flagged before more often than others: absent, referred, or failing', async () => {
    const marks = await planted('marks')
    const failing = (quarter: string) => new Set(marks.filter(row => row.quarter === quarter && row.percent !== '' && Number(row.percent) < 60).map(row => row.student!)) // prettier-ignore
    const students = await planted('students')
    const weeks = await planted('student-weeks')
    const [absences, days] = [new Map<string, number>(), new Map<string, number>()]
    for (const row of weeks.filter(({ week }) => week! < '2026-01-20')) {
      absences.set(row.student!, (absences.get(row.student!) ?? 0) + Number(row.absences))
      days.set(row.student!, (days.get(row.student!) ?? 0) + Number(row.school_days))
    }
    const referred = Map.groupBy((await planted('referrals')).filter(row => row.day! < '2026-01-20'), row => row.student!) // prettier-ignore
    const before = failing('Q2')
    const after = failing('Q3')
    const isFlagged = (student: string) =>
      before.has(student) ||
      absences.get(student)! / days.get(student)! > 0.1 ||
      (referred.get(student) ?? []).some(row => row.action!.includes('suspension'))
    const flagged = students.map(row => row.student!).filter(isFlagged)
    const rate = (list: readonly string[]) => list.filter(student => after.has(student)).length / list.length
    const others = students.map(row => row.student!).filter(student => !isFlagged(student))
    expect(flagged.length).toBeGreaterThan(100)
    expect(rate(flagged)).toBeGreaterThan(5 * rate(others))
    expect(rate(flagged)).toBeGreaterThan(0.25)
  })
})
