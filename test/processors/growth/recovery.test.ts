import { beforeAll, expect, test } from 'vitest'
import { planDistrict } from '../../../infra/demo/index.ts'
import { planGrowth, sittings } from '../../../infra/demo/scores.ts'
import { fitTrajectories, type GrowthFit } from '../../../processors/growth/growth-fit.ts'
import { historiesOf, type Histories, type HistoryRow } from '../../../processors/growth/histories.ts'
import { scaleOf } from '../../../processors/growth/scales.ts'
import { schoolGrowth, trajectories, type Trajectory } from '../../../processors/growth/trajectories.ts'

/** The synthetic district of full size, whose growth is planted: what the figures have to find again. */
const district = planDistrict({ size: 'district', seed: 20261122, timeZone: 'America/New_York' })
const growth = planGrowth(district)
let histories: Histories
let fit: GrowthFit
let students: Trajectory[]

beforeAll(() => {
  const rows = Array.from(sittings(district, growth), ({ student, date, score }): HistoryRow => {
    return { student_id: `${student}`, school_id: `${district.students.school[student]}`, day: date, score }
  })
  const scale = scaleOf('benchmark')
  histories = historiesOf(rows, scale!, '2023-09-11')
  fit = fitTrajectories(histories, scale, 3)
  students = trajectories(fit, histories)
})

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function correlation(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [meanOf(one), meanOf(other)]
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, at) => sum + (value - mx) * (y[at]! - my), 0)
  return product(one, a, other, b) / Math.sqrt(product(one, a, one, a) * product(other, b, other, b))
}

test('24 schools and more than 6,000 students are in the fit', () => {
  expect(fit.status).toBe('ok')
  expect(fit.model).toMatchObject({ levels: 3, schools: 24 })
  expect(fit.model!.students).toBeGreaterThan(6000)
})

test('the planted spreads are found: 5 points between students, 9 of noise, correlation −.2', () => {
  const { student, school, sigma, fixed } = fit.model!
  expect(fixed[1]).toBeGreaterThan(13)
  expect(fixed[1]).toBeLessThan(15)
  expect(student.sd[1]).toBeCloseTo(5, 0)
  expect(sigma).toBeCloseTo(9, 0)
  expect(Math.abs(school!.sd[1] - 2)).toBeLessThan(1)
})

test('slopes of students correlate with the planted ones by .81 or more', () => {
  const shown = students.filter(({ status }) => status === 'ok')
  expect(shown.length).toBeGreaterThan(5000)
  const planted = shown.map(({ student_id }) => growth.slope[Number(student_id)]!)
  expect(correlation(shown.map(({ value }) => value!), planted)).toBeGreaterThanOrEqual(0.81) // prettier-ignore
})

test('95 % intervals hold the planted slope of 93 to 97 % of the students', () => {
  const shown = students.filter(({ status }) => status === 'ok')
  const held = shown.filter(({ student_id, lo95, hi95 }) => {
    const planted = growth.slope[Number(student_id)]!
    return lo95! <= planted && planted <= hi95!
  })
  expect(held.length / shown.length).toBeGreaterThanOrEqual(0.93)
  expect(held.length / shown.length).toBeLessThanOrEqual(0.97)
})

test('growth of schools correlates with the planted one by .93 or more, and no verdict is on the wrong side', () => {
  const schools = schoolGrowth(fit)
  const planted = schools.map(({ school_id }) => growth.schoolSlope[Number(school_id)]!)
  expect(schools).toHaveLength(24)
  expect(correlation(schools.map(({ value }) => value!), planted)).toBeGreaterThanOrEqual(0.93) // prettier-ignore
  const middle = meanOf(planted)
  const wrong = schools.filter(({ lo95, hi95 }, at) => (planted[at]! > middle ? hi95! < 0 : lo95! > 0))
  expect(wrong).toEqual([])
  const held = schools.filter(({ lo95, hi95 }, at) => lo95! <= planted[at]! - middle && planted[at]! - middle <= hi95!)
  expect(held.length).toBeGreaterThanOrEqual(21)
})
