import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { effectsUnder, fitTrajectories, type GrowthFit } from '../../../processors/growth/growth-fit.ts'
import { apart } from '../../../schemas/growth-directions.ts'
import { historiesOf, someOf, type Histories, type HistoryRow } from '../../../processors/growth/histories.ts'
import { scaleOf, type TestScale } from '../../../processors/growth/scales.ts'
import { schoolGrowth, trajectories } from '../../../processors/growth/trajectories.ts'
import { uniforms } from '../../helpers/score-panel.ts'

const SCALE: TestScale = { vertical: true, lowest: 0, highest: 1000 }
const ORIGIN = '2023-09-01'

/** The Sustaining Effects Study as it stands in the warehouse: tests in May of 2020 to 2025. */
function egsingle(): HistoryRow[] {
  const [, ...lines] = readFileSync(new URL('../../reference/egsingle/egsingle.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.map(line => {
    const [school_id, student_id, year, score] = line.split(',') as [string, string, string, string]
    return { school_id, student_id, day: `${2022.5 + Number(year)}-05-15`, score: Number(score) }
  })
}

const DAYS = ['2023-09-15', '2024-01-20', '2024-05-20', '2024-09-15', '2025-01-20'] as const

/** Students with a line of their own and noise; a third of them in each of three schools. */
function rowsOf(students: number, options: { slopeSd?: number; noise?: number; days?: readonly string[] } = {}) {
  const { slopeSd = 6, noise = 4, days = DAYS } = options
  const uniform = uniforms(20261122)
  const around = (sd: number) => sd * (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3)
  return [...Array(students).keys()].flatMap((student): HistoryRow[] => {
    const [start, slope] = [480 + around(20), 14 + (student % 3) * 2 + around(slopeSd)]
    return days.map((day, at) => ({
      student_id: `s${student}`,
      school_id: ['oak', 'elm', 'ash'][student % 3]!,
      day,
      score: start + slope * at * 0.35 + around(noise),
    }))
  })
}

const fitOf = (rows: readonly HistoryRow[], levels: 2 | 3 = 3) => {
  const histories = historiesOf(rows, SCALE, ORIGIN)
  return { histories, fit: fitTrajectories(histories, SCALE, levels) }
}
const shown = ({ histories, fit }: { histories: Histories; fit: GrowthFit }) => trajectories(fit, histories)

test('of the Sustaining Effects Study all 60 schools have a growth; school 2020 grew .191 a year above the average', () => {
  const scale = scaleOf('sustaining-effects')!
  const histories = historiesOf(egsingle(), scale, '2020-05-15')
  const fit = fitTrajectories(histories, scale, 3)
  const schools = schoolGrowth(fit)
  expect(schools).toHaveLength(60)
  expect(schools.map(({ status }) => status)).toEqual(Array(60).fill('ok'))
  const school = schools.find(({ school_id }) => school_id === '2020')!
  expect(school.value).toBeCloseTo(0.1906, 3)
  expect(school.se).toBeCloseTo(0.0429, 3)
  expect(school.lo95).toBeCloseTo(0.1906 - 1.96 * 0.0429, 3)
  expect(school.n).toBeGreaterThan(10)
})

test('a student’s growth is told with its standard error, interval and reliability', () => {
  const row = shown(fitOf(rowsOf(120)))[7]!
  expect(row).toMatchObject({ student_id: 's7', school_id: 'elm', n: 5, status: 'ok', reason: '' })
  expect(row.value! - row.lo95!).toBeCloseTo(1.959964 * row.se!, 5)
  expect(row.reliability).toBeGreaterThan(0.5)
})

describe('who is not shown, and why', () => {
  const rows = rowsOf(120)
  const cut = (keep: (row: HistoryRow) => boolean) => rows.filter(row => row.student_id !== 's0' || keep(row))
  const first = (kept: readonly HistoryRow[]) => shown(fitOf(kept)).find(({ student_id }) => student_id === 's0')

  test.each([
    ['one score', cut(row => row.day === DAYS[0])],
    ['2 scores; 3 are needed', cut(row => row.day <= DAYS[1])],
    ['all scores lie within half a year', rows.map(row => (row.student_id === 's0' ? { ...row, day: `2023-09-1${DAYS.indexOf(row.day as (typeof DAYS)[number])}` } : row))], // prettier-ignore
  ])('%s', (reason, kept) => {
    expect(first(kept)).toMatchObject({ value: null, se: null, lo95: null, hi95: null, status: 'insufficient', reason })
  })

  test('students whose slopes are mostly noise', () => {
    const all = shown(fitOf(rowsOf(120, { slopeSd: 3, noise: 12 })))
    expect(all.filter(({ status }) => status === 'ok')).toEqual([])
    expect(all.map(({ reason }) => reason).join()).toMatch(
      /reliability 0\.\d\d, 0\.5 is needed|no measurable difference/,
    )
  })

  test('students with few scores are part of the fit all the same', () => {
    const whole = fitOf(cut(row => row.day <= DAYS[1])).fit.model!
    expect(whole).toMatchObject({ students: 120, rows: 119 * 5 + 2 })
  })
})

describe('bad input has a status and a reason, and no number', () => {
  const rows = rowsOf(60)
  const untold = { value: null, se: null, lo95: null, hi95: null }

  test('a test without a vertical scale, or whose scale is not known', () => {
    for (const [scale, reason] of [
      [{ ...SCALE, vertical: false }, 'no vertical scale'],
      [scaleOf('a test of our own'), 'not known'],
    ] as const) {
      const histories = historiesOf(rows, SCALE, ORIGIN)
      const fit = fitTrajectories(histories, scale, 3)
      expect(schoolGrowth(fit)).toEqual([])
      for (const row of trajectories(fit, histories))
        expect(row).toMatchObject({ ...untold, status: 'not_applicable', reason: expect.stringContaining(reason) })
    }
  })

  test('impossible scores and those of an older scale are left out and counted', () => {
    const since = { ...SCALE, since: '2023-09-10' }
    const odd = [
      { ...rows[0]!, score: -5 },
      { ...rows[0]!, score: 5000 },
      { ...rows[0]!, score: Number.NaN },
      { ...rows[0]!, day: '2023-09-09' },
    ]
    const histories = historiesOf([...rows, ...odd], since, ORIGIN)
    expect(histories.leftOut).toEqual({ impossible: 3, 'another scale': 1 })
    expect(trajectories(fitTrajectories(histories, since, 3), histories)).toEqual(shown(fitOf(rows)))
  })

  test.each([
    ['a cohort of nine', rowsOf(9), 'students with 3 scores over half a year: 9; 10 are needed'],
    ['equal scores', rows.map(row => ({ ...row, score: 500 })), 'all scores are equal'],
    ['no score at all', [], 'half a year: 0;'],
  ])('%s', (_, given, reason) => {
    const { fit, histories } = fitOf(given)
    expect(fit).toMatchObject({ model: null, status: 'insufficient', reason: expect.stringContaining(reason) })
    for (const row of trajectories(fit, histories)) expect(row).toMatchObject({ ...untold, status: 'insufficient' })
  })

  test('a single school has no growth of its own: two levels, and the students are shown', () => {
    const alone = fitOf(rows.map(row => ({ ...row, school_id: 'oak' })))
    expect(alone.fit).toMatchObject({ status: 'ok', reason: expect.stringContaining('a single school'), schools: {} })
    expect(alone.fit.model).toMatchObject({ levels: 2, school: null })
    expect(schoolGrowth(alone.fit)).toEqual([])
    expect(shown(alone).filter(({ status }) => status === 'ok').length).toBeGreaterThan(30)
  })

  test('schools that grow alike have no measurable difference, rather than a growth of 0', () => {
    const alike = rowsOf(60).map(row => ({ ...row, school_id: `school ${Number(row.student_id.slice(1)) % 4}` }))
    // Every student has a twin in every other school
    const twins = [0, 1, 2].flatMap(school =>
      alike.map(row => ({ ...row, student_id: `${row.student_id} of ${school}`, school_id: `school ${school}` })),
    )
    for (const row of schoolGrowth(fitOf(twins).fit))
      expect(row).toMatchObject({ ...untold, status: 'insufficient', reason: expect.stringContaining('no measurable') })
  })
})

describe('a fit is frozen', () => {
  const rows = rowsOf(90).map(row => (row.student_id === 's5' ? { ...row, school_id: '' } : row))
  const { fit, histories } = fitOf(rows)
  const stored = JSON.parse(JSON.stringify(fit)) as GrowthFit

  test('stored as JSON and read again it gives every student the same', () => {
    expect(trajectories(stored, histories)).toEqual(trajectories(fit, histories))
  })

  test('one student alone, with a school or without, is as among all', () => {
    const all = trajectories(fit, histories)
    for (const student of [0, 5, 17]) {
      const [alone] = trajectories(stored, someOf(histories, [student]))
      expect(alone).toMatchObject({ student_id: all[student]!.student_id, status: all[student]!.status })
      expect(alone!.value).toBeCloseTo(all[student]!.value!, 9)
      expect(alone!.se).toBeCloseTo(all[student]!.se!, 9)
    }
  })

  test('a new score moves its student only, and makes the line surer', () => {
    const later = historiesOf(
      [...rows, { student_id: 's0', school_id: 'oak', day: '2025-05-20', score: 700 }],
      SCALE,
      ORIGIN,
      histories.sums.centre,
    )
    const [before, after] = [trajectories(fit, histories), trajectories(fit, later)]
    expect(after.slice(1)).toEqual(before.slice(1))
    expect(after[0]!.value).toBeGreaterThan(before[0]!.value!)
    expect(after[0]!.se).toBeLessThan(before[0]!.se!)
  })

  test('schools may be called anything', () => {
    const odd = rowsOf(60).map(row => ({ ...row, school_id: { oak: '__proto__', elm: '7', ash: '' }[row.school_id]! }))
    const { fit: fitted, histories: of } = fitOf(odd)
    const moved = { ...of, school: of.school.map(id => (id === '' ? 'constructor' : id)) }
    expect(schoolGrowth(fitted).map(({ school_id }) => school_id)).toEqual(['7', '__proto__'])
    expect(trajectories(fitted, moved).map(({ value }) => value)).toEqual(
      trajectories(fitted, of).map(({ value }) => value),
    )
  })

  test('a student without a known school is shown, and no school of that name', () => {
    expect(Object.keys(fit.schools)).toEqual(['ash', 'elm', 'oak'])
    expect(fit.model!.schools).toBe(3)
    expect(trajectories(fit, histories)[5]).toMatchObject({ school_id: '', status: 'ok' })
    const effects = effectsUnder({ ...fit, model: fit.model! }, histories)
    expect([...effects.slope].every(Number.isFinite)).toBe(true)
  })
})

test('who moves belongs to the school of most scores, then to the later one', () => {
  const at = (school_id: string, day: string): HistoryRow => ({ student_id: 'ada', school_id, day, score: 500 })
  const schoolOf = (...rows: HistoryRow[]) => historiesOf(rows, SCALE, ORIGIN).school
  expect(schoolOf(at('oak', '2024-01-01'), at('elm', '2024-05-01'), at('oak', '2023-09-15'))).toEqual(['oak'])
  expect(schoolOf(at('oak', '2024-05-01'), at('elm', '2023-09-15'))).toEqual(['oak'])
  expect(schoolOf(at('', '2024-05-01'), at('', '2024-06-01'), at('elm', '2023-09-15'))).toEqual(['elm'])
  expect(schoolOf(at('', '2024-05-01'))).toEqual([''])
})

test('where percentiles and growth point apart, both are shown', () => {
  expect(apart(54, -1)).toContain('different directions')
  expect(apart(46, 1)).toContain('different directions')
  expect([apart(54, 1), apart(46, -1), apart(null, 1), apart(54, null), apart(50, 1)]).toEqual(['', '', '', '', ''])
})
