import { beforeAll, describe, expect, test } from 'vitest'
import type { District } from '../../infra/demo/index.ts'
import type { Growth } from '../../infra/demo/scores.ts'
import { readColumns } from '../../infra/warehouse/read-columns.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { extractDatabase } from '../../processors/research/extract.ts'
import { studyKey, studyNames } from '../../processors/research/study-key.ts'
import type { Study } from '../../processors/research/study.ts'
import { sumsOf } from '../../processors/statistics/additive-sums.ts'
import { leastSquares } from '../../processors/statistics/least-squares.ts'
import { schoolEffects } from '../../processors/statistics/mixed-model-effects.ts'
import { fitGrowth, type GrowthModel } from '../../processors/statistics/mixed-model.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { aPlantedStudy } from './a-planted-study.ts'
import { SECRETS } from './a-study-district.ts'

// Whoever studies the extract of the demo district has to find what is planted between school and growth, and nothing between contact, work or
// gender and growth.
let warehouse: Warehouse
let plan: District
let planted: Growth
let study: Study
let extract: string

beforeAll(async () => {
  warehouse = await freshWarehouse()
  const found = await aPlantedStudy(warehouse)
  plan = found.plan
  planted = found.planted
  study = found.study
  extract = extractDatabase(warehouse, 'growth')
})

const people = async () => {
  const columns = await readColumns(
    warehouse,
    `select g.line as slope, s.school as school, w.adults as adults, w.minutes as minutes, toFloat64(s.gender = 'female') as female
     from (select person, any(assumeNotNull(slope)) as line from ${extract}.growth where slope is not null group by person) as g
     inner join ${extract}.students as s on s.person = g.person
     inner join (select person, avg(assumeNotNull(adults)) as adults, avg(assumeNotNull(effort_minutes)) as minutes from ${extract}.weeks group by person) as w on w.person = g.person
     where s.school != 'withheld' order by g.person`,
  )
  return { ...columns, slope: columns.floats('slope'), school: columns.texts('school') }
}

/** Slope on each column, schools as they are: coefficients with their standard errors. */
function within(
  slope: Float64Array,
  school: readonly string[],
  columns: Float64Array[],
): { beta: number; se: number }[] {
  const dummies = [...new Set(school)].map(name => Float64Array.from(school, one => Number(one === name)))
  const { coefficients, sse, freedom } = leastSquares([...dummies, ...columns], slope)
  return columns.map((column, at) => {
    const rest = leastSquares([...dummies, ...columns.filter(other => other !== column)], column)
    return { beta: coefficients[dummies.length + at]!, se: Math.sqrt(sse / freedom / rest.sse) }
  })
}

describe('the extract of the planted district', () => {
  test('tells of nearly everybody, with school, grades and quarter of hardly anyone given up', () => {
    const { anonymity, students } = study.manifest!
    expect(students).toBeGreaterThan(0.97 * plan.students.count)
    expect(anonymity.k).toBeGreaterThanOrEqual(10)
    expect(anonymity.generalised).not.toContain('school is not said')
  })

  test('growth of schools, fitted anew to its scores, is what was planted', async () => {
    const scores = await readColumns(
      warehouse,
      `select g.person as person, s.school as school, g.years as years, g.score as score
       from ${extract}.growth as g inner join ${extract}.students as s on s.person = g.person where s.school != 'withheld' order by g.person, g.sitting`,
    )
    const persons = [...new Set(scores.texts('person'))]
    const schools = [...new Set(scores.texts('school'))].sort()
    const numberOf = new Map(persons.map((person, at) => [person, at]))
    const school = new Int32Array(persons.length)
    scores
      .texts('person')
      .forEach((person, row) => (school[numberOf.get(person)!] = schools.indexOf(scores.texts('school')[row]!)))
    const unit = Int32Array.from(scores.texts('person'), person => numberOf.get(person)!)
    const sums = sumsOf({ unit, time: scores.floats('years'), score: scores.floats('score') }, persons.length)
    const model = fitGrowth(sums, school) as GrowthModel
    expect(model.fixed[1]).toBeGreaterThan(13)
    expect(model.fixed[1]).toBeLessThan(15)
    const { slope, slopeSe } = schoolEffects(model, sums, school)
    const names = studyNames(studyKey(SECRETS.masterSecret, 'd1', 'growth', 1), 'd1')
    const truth = new Map(plan.schools.map(({ id }, at) => [names.school(id), planted.schoolSlope[at]!]))
    const pairs = schools.map((name, at) => [slope[at]!, truth.get(name)!] as const)
    expect(pairs.length).toBeGreaterThanOrEqual(22)
    expect(correlation(pairs)).toBeGreaterThanOrEqual(0.93)
    const covered = pairs.filter(([found, real], at) => Math.abs(found - real) <= 2.5 * slopeSe[at]! + 0.5)
    expect(covered.length).toBeGreaterThanOrEqual(pairs.length - 2)
  })

  test('contact with adults, minutes and gender show no association with growth', async () => {
    const { slope, school, floats } = await people()
    const found = within(slope, school, [floats('adults'), floats('minutes'), floats('female')])
    for (const { beta, se } of found) expect(Math.abs(beta)).toBeLessThan(1.96 * se)
    // And not because anything goes: a point a year for an adult would be seen.
    expect(1.96 * found[0]!.se).toBeLessThan(1)
  })
})

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length
  const [a, b] = [mean(0), mean(1)]
  const sum = (of: (x: number, y: number) => number): number => pairs.reduce((all, [x, y]) => all + of(x - a, y - b), 0)
  return sum((x, y) => x * y) / Math.sqrt(sum(x => x * x) * sum((_, y) => y * y))
}
