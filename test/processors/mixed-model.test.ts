import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addSums, rescaled, sumsOf, type ScoreColumns } from '../../processors/statistics/additive-sums.ts'
import { growthDeviance } from '../../processors/statistics/growth-deviance.ts'
import { schoolEffects, studentEffects, type Effects } from '../../processors/statistics/mixed-model-effects.ts'
import { fitGrowth, type GrowthModel } from '../../processors/statistics/mixed-model.ts'
import { scorePanel, type ScorePanel } from '../helpers/score-panel.ts'

type Row = readonly [id: string, intercept: number, slope: number, slopeSe: number]
type Fit = {
  data: 'sleepstudy' | 'egsingle' | 'panel'
  levels: 2 | 3
  rows: number
  fixed: number[]
  se: number[]
  sigma: number
  reml: number
  student: { sd: number[]; correlation: number }
  school?: { sd: number[]; correlation: number }
  effects: Row[]
  schools?: Row[]
}
const reference = JSON.parse(
  readFileSync(new URL('../reference/growth/mixed-models.json', import.meta.url), 'utf8'),
) as {
  fits: Fit[]
}

type Data = { columns: ScoreColumns; students: string[]; schools: string[]; school: Int32Array }

function dataOf(rows: readonly (readonly [school: string, student: string, time: number, score: number])[]): Data {
  const students = [...new Set(rows.map(row => row[1]))]
  const schools = [...new Set(rows.map(row => row[0]))]
  const unitOf = new Map(students.map((id, unit) => [id, unit]))
  const school = new Int32Array(students.length)
  for (const [at, id] of rows) school[unitOf.get(id)!] = schools.indexOf(at)
  const columns = {
    unit: Int32Array.from(rows, row => unitOf.get(row[1])!),
    time: Float64Array.from(rows, row => row[2]),
    score: Float64Array.from(rows, row => row[3]),
  }
  return { columns, students, schools, school }
}

function fileOf(path: string): Data {
  const [, ...lines] = readFileSync(new URL(`../reference/${path}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return dataOf(
    lines.map(line => {
      const [school, student, time, score] = line.split(',') as [string, string, string, string]
      return [school, student, Number(time), Number(score)] as const
    }),
  )
}

const fromPanel = ({ student, school, time, score }: ScorePanel): Data =>
  dataOf(Array.from(student, (id, row) => [`${school[row]}`, `${id}`, time[row]!, score[row]!] as const))

const data: Record<Fit['data'], Data> = {
  sleepstudy: fileOf('growth/sleepstudy.csv'),
  egsingle: fileOf('egsingle/egsingle.csv'),
  panel: fromPanel(scorePanel(5000, 25, 20261122)),
}

function fitted({ columns, students, school }: Data, levels: 2 | 3) {
  const sums = sumsOf(columns, students.length)
  const model = fitGrowth(sums, levels === 3 ? school : null)
  if ('unfit' in model) throw new Error(model.unfit)
  const ofSchools = levels === 3 ? schoolEffects(model, sums, school) : null
  const ofStudents = studentEffects(model, sums, ofSchools && { of: school, lines: ofSchools.lines })
  return { model, sums, ofSchools, ofStudents }
}

function numbersOf({ model, ofStudents, ofSchools }: ReturnType<typeof fitted>): number[] {
  const { fixed, fixedSe, student, school, sigma, deviance } = model
  const effects = [ofStudents, ofSchools].flatMap(of => (of === null ? [] : Object.values(of)))
  return [
    ...fixed,
    ...fixedSe,
    ...student.sd,
    ...(school?.sd ?? []),
    sigma,
    deviance,
    ...effects.flatMap(of => [...of]),
  ]
}

function compare(effects: Effects, ids: readonly string[], rows: readonly Row[]): void {
  for (const [id, intercept, slope, slopeSe] of rows) {
    const at = ids.indexOf(id)
    expect(Math.abs(effects.intercept[at]! - intercept), `intercept of ${id}`).toBeLessThan(1e-4)
    expect(Math.abs(effects.slope[at]! - slope), `slope of ${id}`).toBeLessThan(1e-4)
    expect(effects.slopeSe[at]! / slopeSe - 1, `standard error of ${id}`).toBeCloseTo(0, 4)
  }
}

describe.each(reference.fits)('$data with $levels levels agrees with lme4', fit => {
  const { model, ofSchools, ofStudents } = fitted(data[fit.data], fit.levels)

  test('fixed effects within 1e-6, standard deviations within 1e-4, deviance within 1e-3', () => {
    expect(model).toMatchObject({ rows: fit.rows, levels: fit.levels })
    for (const at of [0, 1] as const) {
      expect(Math.abs(model.fixed[at] - fit.fixed[at]!)).toBeLessThan(1e-6)
      expect(Math.abs(model.fixedSe[at] / fit.se[at]! - 1)).toBeLessThan(1e-4)
      expect(Math.abs(model.student.sd[at] / fit.student.sd[at]! - 1)).toBeLessThan(1e-4)
      const [school, expected] = [model.school?.sd[at] ?? 1, fit.school?.sd[at] ?? 1]
      expect(Math.abs(school / expected - 1)).toBeLessThan(1e-4)
    }
    expect(Math.abs(model.sigma / fit.sigma - 1)).toBeLessThan(1e-4)
    expect(Math.abs(model.student.correlation! - fit.student.correlation)).toBeLessThan(1e-4)
    expect(Math.abs(model.deviance - fit.reml)).toBeLessThan(1e-3)
  })

  test('empirical-Bayes effects within 1e-4 points, their standard errors within 1e-4', () => {
    expect(fit.effects.length).toBeGreaterThan(10)
    compare(ofStudents, data[fit.data].students, fit.effects)
    expect(fit.schools === undefined).toBe(ofSchools === null)
    compare(ofSchools ?? ofStudents, data[fit.data].schools, fit.schools ?? [])
  })
})

test('school 2020 of the Sustaining Effects Study grew .1906 a year above the average, standard error .0429', () => {
  const { ofSchools } = fitted(data.egsingle, 3)
  const at = data.egsingle.schools.indexOf('2020')
  expect(ofSchools!.slope[at]).toBeCloseTo(0.190631, 6)
  expect(ofSchools!.slopeSe[at]).toBeCloseTo(0.042874, 6)
})

test('the gradient is that of the deviance, with two and three levels', () => {
  const { columns, students, school } = data.egsingle
  const moments = rescaled(sumsOf(columns, students.length).moments, { time: 0, timeUnit: 1, score: 0, scoreUnit: 1 })
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.boolean(),
      (parameters, three) => {
        const theta = Float64Array.from(three ? parameters : parameters.slice(0, 3))
        const { evaluate } = growthDeviance(moments, columns.unit.length, three ? school : null)
        const gradient = new Float64Array(theta.length)
        const ignored = new Float64Array(theta.length)
        evaluate(theta, gradient)
        theta.forEach((value, at) => {
          const near = (step: number) => theta.map((part, k) => (k === at ? value + step : part))
          const slope = (evaluate(near(1e-5), ignored) - evaluate(near(-1e-5), ignored)) / 2e-5
          expect(Math.abs(slope - gradient[at]!)).toBeLessThan(1e-3 + 1e-5 * Math.abs(slope))
        })
      },
    ),
    { numRuns: 40, seed: 20261122 },
  )
})

describe('a fit does not depend on how the scores came', () => {
  const small = fromPanel(scorePanel(300, 6, 7))
  const { sums, ...base } = fitted(small, 3)

  test('shifted and rescaled scores and times are shifted and rescaled effects', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3000, max: 3000, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -50, max: 2100, noNaN: true }),
        fc.double({ min: 0.1, max: 365, noNaN: true }),
        (shift, scale, later, unit) => {
          const columns = {
            unit: small.columns.unit,
            time: small.columns.time.map(time => later + time * unit),
            score: small.columns.score.map(score => shift + score * scale),
          }
          const { model, ofStudents, ofSchools } = fitted({ ...small, columns }, 3)
          const speed = scale / unit
          expect(model.fixed[1] / (base.model.fixed[1] * speed)).toBeCloseTo(1, 5)
          expect(model.sigma / (base.model.sigma * scale)).toBeCloseTo(1, 5)
          expect(model.student.sd[1] / (base.model.student.sd[1] * speed)).toBeCloseTo(1, 5)
          ofStudents.slope.forEach((slope, at) => expect(slope / speed).toBeCloseTo(base.ofStudents.slope[at]!, 4))
          ofSchools!.slope.forEach((slope, at) => expect(slope / speed).toBeCloseTo(base.ofSchools!.slope[at]!, 4))
        },
      ),
      { numRuns: 25, seed: 20261122 },
    )
  })

  test('the order of the rows and the splitting of the stream change nothing', () => {
    const rows = small.columns.unit.length
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(rows).keys()], { minLength: rows }), fc.nat(rows), (order, cut) => {
        const part = (of: readonly number[]) =>
          sumsOf(
            {
              unit: Int32Array.from(of, row => small.columns.unit[row]!),
              time: Float64Array.from(of, row => small.columns.time[row]!),
              score: Float64Array.from(of, row => small.columns.score[row]!),
            },
            small.students.length,
            sums.centre,
          )
        const model = fitGrowth(addSums(part(order.slice(0, cut)), part(order.slice(cut))), small.school) as GrowthModel
        expect(Math.abs(model.deviance - base.model.deviance)).toBeLessThan(1e-6)
        expect(model.fixed[1]).toBeCloseTo(base.model.fixed[1], 7)
        expect(model.student.sd[1]).toBeCloseTo(base.model.student.sd[1], 5)
      }),
      { numRuns: 10, seed: 20261122 },
    )
  })

  test('one student alone has the effect that all students together give', () => {
    const unit = 17
    const of = (values: Float64Array) => values.filter((_, row) => small.columns.unit[row] === unit)
    const time = of(small.columns.time)
    const alone = sumsOf({ unit: new Int32Array(time.length), time, score: of(small.columns.score) }, 1)
    const { model, ofSchools, ofStudents } = base
    const effect = studentEffects(model, alone, { of: small.school.slice(unit, unit + 1), lines: ofSchools!.lines })
    expect(effect.slope[0]).toBeCloseTo(ofStudents.slope[unit]!, 9)
    expect(effect.slopeSe[0]).toBeCloseTo(ofStudents.slopeSe[unit]!, 12)
  })

  test('sums with other centres or of other units are not added', () => {
    const { columns, students } = small
    expect(() => addSums(sums, sumsOf(columns, students.length, { time: 1, score: 500 }))).toThrow(RangeError)
    expect(() => addSums(sums, sumsOf(columns, students.length + 1, sums.centre))).toThrow(RangeError)
  })
})

describe('what cannot be fitted says why', () => {
  const occasions = [0, 1, 2]
  const of = (score: (student: number, time: number) => number, times: readonly number[] = occasions, students = 30) =>
    dataOf(
      [...Array(students).keys()].flatMap(student =>
        times.map(time => [`s${student % 3}`, `${student}`, time, score(student, time)] as const),
      ),
    )
  const unfit = (given: Data, levels: 2 | 3 = 2) =>
    fitGrowth(sumsOf(given.columns, given.students.length), levels === 3 ? given.school : null)
  const noise = (student: number, time: number) => Math.sin(37 * student + 11 * time)

  test.each([
    ['all scores are equal', of(() => 500)],
    ['all scores are of one time', of(noise, [1])],
    ['exactly on a line', of((student, time) => 500 + student + time * (10 + student))],
    ['no student has three scores', of(noise, [0, 1])],
    ['fewer than three scores', of(noise, [0], 2)],
    ['not a finite number', of((student, time) => (student === 3 ? Number.NaN : noise(student, time)))],
  ])('%s', (reason, given) => {
    expect(unfit(given)).toEqual({ unfit: expect.stringContaining(reason) })
  })

  test('a single school has no spread of schools', () => {
    const given = of(noise)
    expect(unfit({ ...given, school: new Int32Array(given.students.length) }, 3)).toEqual({
      unfit: expect.stringContaining('a single school'),
    })
  })

  test('schools of one student each cannot be told from their students', () => {
    const given = of(noise)
    expect(unfit({ ...given, school: Int32Array.from(given.students.keys()) }, 3)).toEqual({
      unfit: expect.stringContaining('no school has two students'),
    })
  })

  test('students who all grow alike have no measurable difference in slopes, and no correlation', () => {
    const uneven = (student: number, time: number) => [0.3, -0.6, 0.3][time]! * (student % 2 === 0 ? 1 : -1)
    const model = unfit(of((student, time) => 500 + student + 10 * time + uneven(student, time))) as GrowthModel
    expect(model.student).toMatchObject({ singular: 'no difference in slopes', correlation: null })
    expect(model.fixed[1]).toBeCloseTo(10, 6)
  })

  test('a random panel gives finite numbers or a reason, whatever its shape', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('a', 'b', 'c'),
            fc.nat(12).map(String),
            fc.constantFrom(0, 0.5, 1, 1.02, 3),
            fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.constant(500)),
          ),
          { minLength: 1, maxLength: 60 },
        ),
        fc.constantFrom<2 | 3>(2, 3),
        (rows, levels) => {
          const given = dataOf(rows)
          const model = unfit(given, levels)
          const numbers = 'unfit' in model ? [] : numbersOf(fitted(given, levels))
          expect(numbers.length > 0 || ('unfit' in model && model.unfit !== '')).toBe(true)
          expect(numbers.filter(value => !Number.isFinite(value))).toEqual([])
        },
      ),
      { numRuns: 300, seed: 20261122 },
    )
  })
})
