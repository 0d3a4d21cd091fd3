import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answered, NO_ANSWERS, type Ability } from '../../../processors/growth/ability.ts'
import {
  DEFAULTS,
  mastery,
  skillParameters,
  skillsGained,
  traced,
  type Responses,
  type SkillParameters,
} from '../../../processors/growth/mastery.ts'
import { fitTracing } from '../../../processors/statistics/knowledge-tracing-em.ts'
import {
  afterLearning,
  chanceOfRight,
  logLikelihood,
  trace,
  type TracingParameters,
} from '../../../processors/statistics/knowledge-tracing.ts'
import { uniforms } from '../../helpers/score-panel.ts'

const NOW = Date.parse('2026-03-02T12:00:00.000Z')
const DAY_MS = 86_400_000
const PLANTED: TracingParameters = { initial: 0.3, learn: 0.15, guess: 0.2, slip: 0.1 }
const frozen = (parameters: TracingParameters): SkillParameters => ({
  ...parameters,
  origin: 'fitted',
  students: 800,
  responses: 9600,
  reason: '',
})
const deviation = (values: Iterable<number>, expected: readonly number[]): number =>
  Math.max(...[...values].map((value, at) => Math.abs(value - expected[at]!)))

/** Responses of students who know the skill, or learn it, as the model says. */
function planted(students: number, each: number, seed: number) {
  const uniform = uniforms(seed)
  const correct = new Uint8Array(students * each)
  for (let student = 0; student < students; student++) {
    let knows = uniform() < PLANTED.initial
    for (let at = 0; at < each; at++) {
      correct[student * each + at] = Number(uniform() < (knows ? 1 - PLANTED.slip : PLANTED.guess))
      knows ||= uniform() < PLANTED.learn
    }
  }
  return { correct, begin: Uint32Array.from({ length: students + 1 }, (_, student) => student * each) }
}

/** One student and skill a row: `[student, skill, right or wrong, day]`. */
const responsesOf = (rows: readonly (readonly [number, number, number, number])[]): Responses => ({
  student: Int32Array.from(rows, row => row[0]),
  skill: Int32Array.from(rows, row => row[1]),
  correct: Uint8Array.from(rows, row => row[2]),
  at_ms: Float64Array.from(rows, row => NOW + row[3] * DAY_MS),
})

test('1, 0, 1, 1, 1 is traced as pyBKT and hmmlearn trace it', () => {
  const lists = { correct: Uint8Array.of(1, 0, 1, 1, 1), begin: Uint32Array.of(0, 5) }
  const posterior = trace(lists, () => PLANTED)
  expect(
    deviation(posterior, [0.65853658537, 0.23411102172, 0.70694962518, 0.93134487467, 0.98641521436]),
  ).toBeLessThan(1e-9)
  const before = [PLANTED.initial, ...[...posterior].map(value => afterLearning(value, PLANTED))]
  expect(
    deviation(before.slice(1), [0.7097560976, 0.3489943685, 0.7509071814, 0.9416431435, 0.9884529322]),
  ).toBeLessThan(1e-9)
  const right = before.slice(0, 5).map(known => chanceOfRight(known, PLANTED))
  expect(deviation(right, [0.41, 0.6968292683, 0.4442960579, 0.725635027, 0.8591502004])).toBeLessThan(1e-9)
  expect(logLikelihood(lists, PLANTED)).toBeCloseTo(-3.368841, 6)
})

test('parameters of 800 students with 12 responses are found again within .03', () => {
  const { parameters, converged } = fitTracing(planted(800, 12, 20261122))
  expect(converged).toBe(true)
  expect(
    deviation(
      [parameters.initial, parameters.learn, parameters.guess, parameters.slip],
      [PLANTED.initial, PLANTED.learn, PLANTED.guess, PLANTED.slip],
    ),
  ).toBeLessThan(0.03)
})

test('what was found is more likely than what was planted and than its neighbours', () => {
  const lists = planted(400, 10, 3)
  const { parameters, logLikelihood: best } = fitTracing(lists)
  expect(best).toBeGreaterThan(logLikelihood(lists, PLANTED))
  for (const name of ['initial', 'learn', 'guess', 'slip'] as const)
    for (const step of [-0.004, 0.004]) {
      const near = { ...parameters, [name]: parameters[name] + step }
      expect(logLikelihood(lists, near) < best || near.slip > 0.1 || near.guess > 0.3).toBe(true)
    }
})

test('guess and slip stay in their bounds, whatever the responses', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(1), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 30 }),
      lists => {
        const ends = lists.reduce<number[]>((sums, list) => [...sums, sums.at(-1)! + list.length], [0])
        const fit = fitTracing({ correct: Uint8Array.from(lists.flat()), begin: Uint32Array.from(ends) })
        const { initial, learn, guess, slip } = fit.parameters
        expect(guess >= 0.001 && guess <= 0.3 && slip >= 0.001 && slip <= 0.1).toBe(true)
        expect(initial >= 0.001 && initial <= 0.999 && learn >= 0.001 && learn <= 0.999).toBe(true)
        expect(Number.isFinite(fit.logLikelihood)).toBe(true)
      },
    ),
    { numRuns: 60, seed: 20261122 },
  )
})

test('a skill is mastered from .95 and three responses on, and stale after 28 days', () => {
  const right = (student: number, count: number, last: number) =>
    Array.from({ length: count }, (_, at) => [student, 0, 1, last - count + 1 + at] as const)
  const run = traced(responsesOf([...right(0, 2, 0), ...right(1, 4, -27), ...right(2, 4, -28)]), [frozen(PLANTED)])
  expect(mastery(run, NOW)).toMatchObject([
    { student: 0, responses: 2, mastered: false, status: 'ok', reason: '' },
    { student: 1, responses: 4, mastered: true, status: 'ok' },
    { student: 2, responses: 4, mastered: true, status: 'stale', reason: 'no response for 28 days' },
  ])
})

test('two right responses never master a skill, however sure they make it', () => {
  const sure = frozen({ ...PLANTED, initial: 0.9 })
  const [row] = mastery(traced(responsesOf([[0, 0, 1, 0], [0, 0, 1, 1]]), [sure]), NOW) // prettier-ignore
  expect(row!.value).toBeGreaterThan(0.95)
  expect(row!.mastered).toBe(false)
})

test('skills gained of all weeks are what is known at the end less what was presumed at the beginning', () => {
  const rows = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 8], [0, 1, 1, 8], [1, 0, 0, 0]] as const // prettier-ignore
  const run = traced(responsesOf(rows), [frozen(PLANTED), frozen(DEFAULTS)])
  const gained = skillsGained(run, at_ms => Math.floor((at_ms - NOW) / (7 * DAY_MS)))
  const ends = mastery(run, NOW).map(({ value }) => value)
  expect([...gained.get(0)!.keys()]).toEqual([0, 1])
  expect(gained.get(0)!.get(0)! + gained.get(0)!.get(1)!).toBeCloseTo(ends[0]! - 0.3 + (ends[1]! - 0.3), 12)
  expect(gained.get(1)!.get(0)).toBeCloseTo(ends[2]! - 0.3, 12)
  expect(gained.get(1)!.get(0)).toBeLessThan(0)
})

test('a late response at its place gives what the whole list in order gives, for its own list only', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.nat(1), fc.nat(60)), { minLength: 1, maxLength: 60 }),
      fc.nat(),
      (rows, pick) => {
        const inOrder = (of: readonly (readonly [number, number, number, number])[]) =>
          of.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[3] - b[3])
        const parameters = [PLANTED, DEFAULTS, { ...DEFAULTS, learn: 0.3 }].map(frozen)
        const whole = mastery(traced(responsesOf(inOrder(rows)), parameters), NOW)
        const late = inOrder(rows)[pick % rows.length]!
        // What is known of every other list without it
        const before = mastery(traced(responsesOf(inOrder(rows).filter(row => row !== late)), parameters), NOW)
        const others = (of: typeof whole) => of.filter(row => row.student !== late[0] || row.skill !== late[1])
        expect(others(before)).toEqual(others(whole))
        const own = responsesOf(inOrder(rows).filter(row => row[0] === late[0] && row[1] === late[1]))
        expect(mastery(traced(own, parameters), NOW)).toEqual(
          whole.filter(row => row.student === late[0] && row.skill === late[1]),
        )
      },
    ),
    { numRuns: 100, seed: 20261122 },
  )
})

test('wrong responses lower a skill again, however many right ones came before', () => {
  const rows = [...Array(400).keys()].map(day => [0, 0, day < 370 ? 1 : 0, day] as const)
  const run = traced(responsesOf(rows), [frozen(PLANTED)])
  expect(run.posterior[369]).toBeGreaterThan(0.999)
  expect(run.posterior[399]).toBeLessThan(0.1)
})

test('responses that are not in order are refused', () => {
  const parameters = [frozen(PLANTED), frozen(PLANTED)]
  for (const rows of [
    [
      [0, 0, 1, 1],
      [0, 0, 1, 0],
    ],
    [
      [1, 0, 1, 0],
      [0, 0, 1, 0],
    ],
    [
      [0, 1, 1, 0],
      [0, 0, 1, 0],
    ],
  ] as const)
    // prettier-ignore
    expect(() => traced(responsesOf(rows), parameters)).toThrow(RangeError)
})

test('below 200 students or 1,000 responses a skill has the default parameters, and says so', () => {
  const of = (students: number, each: number, right: (at: number) => number) =>
    skillParameters(
      responsesOf(
        [...Array(students).keys()].flatMap(student =>
          [...Array(each).keys()].map(at => [student, 0, right(student * each + at), at] as const),
        ),
      ),
      2,
    )
  const mixed = (at: number) => (at * 7) % 3 === 0 ? 0 : 1 // prettier-ignore
  expect(of(199, 20, mixed)[0]).toMatchObject({
    ...DEFAULTS,
    origin: 'default',
    reason: expect.stringContaining('answered: 199'),
  })
  expect(of(250, 3, mixed)[0]).toMatchObject({ ...DEFAULTS, reason: expect.stringContaining('responses: 750') })
  expect(of(250, 5, () => 1)[0]).toMatchObject({ ...DEFAULTS, reason: 'every response is right' })
  expect(of(250, 5, () => 0)[0]).toMatchObject({ ...DEFAULTS, reason: 'every response is wrong' })
  const [fitted, unseen] = of(250, 5, mixed)
  expect(fitted).toMatchObject({ origin: 'fitted', students: 250, responses: 1250, reason: '' })
  expect(unseen).toMatchObject({
    ...DEFAULTS,
    students: 0,
    responses: 0,
    reason: expect.stringContaining('answered: 0'),
  })
})

test('no response at all is no mastery', () => {
  expect(mastery(traced(responsesOf([]), []), NOW)).toEqual([])
})

test('among items of difficulty .5 the answers 1, 1, 0, 1 move a student as Pelánek has it', () => {
  const path: number[] = []
  ;[true, true, false, true].reduce<Ability>((ability, correct) => {
    const next = answered(ability, correct, 0.5)
    path.push(next.theta)
    return next
  }, NO_ANSWERS)
  expect(deviation(path, [0.62245933, 1.06952921, 0.48893417, 0.92612237])).toBeLessThan(1e-8)
})
