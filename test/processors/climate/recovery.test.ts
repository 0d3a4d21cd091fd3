import { describe, expect, test } from 'vitest'
import { planClimate } from '../../../infra/demo/climate.ts'
import { planDistrict } from '../../../infra/demo/index.ts'
import { demoInstruments, surveyResponses } from '../../../infra/demo/surveys.ts'
import { scaleFigures, type Answered } from '../../../processors/climate/scale-figures.ts'
import { scalesOf } from '../../../processors/climate/scales.ts'
import { normalQuantile } from '../../../processors/statistics/normal.ts'
import { uniforms } from '../../helpers/score-panel.ts'

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const SCALE = { name: 'safety', items: ITEMS, min: 1, max: 4, whyNot: '' }

/** Indicators G: 24 schools of 14, 38 and about 280; seven items of four points; school SD .25, person SD .8, noise .75; three quarters answer. */
function planted(seed: number): { people: Answered[]; truth: Map<string, number> } {
  const uniform = uniforms(seed)
  const normal = (): number => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, uniform())))
  const truth = new Map<string, number>()
  const people: Answered[] = []
  for (let school = 0; school < 24; school++) {
    const students = [14, 38][school] ?? Math.round(280 * Math.exp(0.35 * normal()))
    const school_id = `s${String(school).padStart(2, '0')}`
    const level = 0.25 * normal()
    truth.set(school_id, level)
    for (let student = 0; student < students; student++) {
      const person = level + 0.8 * normal()
      const scored = ITEMS.map(() => answerTo(0.8 * person + 0.75 * normal() + 0.4))
      if (uniform() < 0.75) people.push({ school_id, grade: '', scored, straight: false })
    }
  }
  return { people, truth }
}

/** Four categories of what somebody feels. */
const answerTo = (felt: number): number => 1 + [-1.2, 0, 1.2].filter(cut => felt >= cut).length

const correlation = (x: readonly number[], y: readonly number[]): number => {
  const mean = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0) / of.length
  const [a, b] = [mean(x), mean(y)]
  const products = (u: readonly number[], v: readonly number[], m: number, n: number) =>
    u.reduce((sum, one, at) => sum + (one - m) * (v[at]! - n), 0)
  return products(x, y, a, b) / Math.sqrt(products(x, x, a, a) * products(y, y, b, b))
}

test.each([20261122, 7, 99])('seed %i: what was planted comes back', seed => {
  const { people, truth } = planted(seed)
  const { relied, model, icc1, schools } = scaleFigures(SCALE, ITEMS, people, [])
  expect(relied.alpha!.value).toBeGreaterThanOrEqual(0.78)
  expect(relied.omega!.covariance).toBeGreaterThanOrEqual(0.78)
  expect(relied).toMatchObject({ status: 'ok', contrary: [] })
  const planted_ = schools.map(({ school_id }) => truth.get(school_id)!)
  const raw = schools.map(({ school_id }) => {
    const own = people.filter(one => one.school_id === school_id)
    return own.reduce((sum, { scored }) => sum + scored.reduce<number>((a, b) => a + b!, 0) / 7, 0) / own.length
  })
  const drawn = schools.map(({ shrunken }) => shrunken!.value)
  expect(correlation(raw, planted_)).toBeGreaterThanOrEqual(0.8)
  expect(correlation(drawn, planted_)).toBeGreaterThanOrEqual(correlation(raw, planted_) - 0.01)
  expect(model!.tau2).toBeGreaterThan(0)
  expect(icc1).toBeGreaterThan(0.02)
})

describe('the demo district, of full size', () => {
  const plan = planDistrict({ size: 'district', seed: 20261122, timeZone: 'America/New_York' })
  const climate = planClimate(plan)
  const instruments = demoInstruments()
  const autumn = [...surveyResponses(plan)].filter(({ window, counts }) => window === 0 && counts)

  const students = instruments.flatMap((instrument, at) => {
    if (instrument.informant !== 'student') return []
    const asked = instrument.items.filter(({ scale }) => scale !== undefined)
    const ids = asked.map(({ id }) => id)
    const people = autumn
      .filter(({ survey }) => survey === at)
      .map(({ school, answers }): Answered => {
        const scored = answers.slice(0, ids.length).map((answer, item) => {
          if (typeof answer !== 'number') return null
          return asked[item]!.reverse ? 5 - answer : answer
        })
        return { school_id: String(school), grade: '', scored, straight: false }
      })
    const scales = scalesOf(asked.map(({ id, domain }) => ({ version: '1', item_id: id, domain, min: 1, max: 4 })))
    return scales.map(scale => ({ scale: scale.name, found: scaleFigures(scale, ids, people, []) }))
  })

  test.each(students.filter(({ scale }) => !scale.includes('/')))(
    'of $scale the schools come back, by a scale that can be relied on',
    ({ scale, found: { relied, schools } }) => {
      expect(relied).toMatchObject({ status: 'ok', contrary: [] })
      expect(relied.alpha!.value).toBeGreaterThanOrEqual(relied.items > 3 ? 0.78 : 0.7)
      const levels = schools.map(({ school_id }) => climate.level('student', 0, Number(school_id), scale))
      const drawn = schools.map(({ shrunken }) => shrunken!.value)
      expect(correlation(drawn, levels)).toBeGreaterThanOrEqual(0.8)
    },
  )

  test('every topic can be relied on, too, though some have three questions only', () => {
    expect(students.length).toBeGreaterThan(20)
    expect(students.filter(({ found }) => found.whyNot !== '').map(({ scale }) => scale)).toEqual([])
  })
})
