import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../../infra/warehouse/sql.ts'
import { uuid5 } from '../../../infra/uuid5.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { fitTrajectories } from '../../../processors/growth/growth-fit.ts'
import { historiesOf, type HistoryRow } from '../../../processors/growth/histories.ts'
import type { TestScale } from '../../../processors/growth/scales.ts'
import { storedHistories } from '../../../processors/growth/stored-histories.ts'
import { schoolGrowth, trajectories } from '../../../processors/growth/trajectories.ts'
import { storeScores } from '../../../processors/store-scores.ts'
import type { Score } from '../../../schemas/score.ts'
import { aSchool, aStudent, anAlias, anEnrolment, enrol, person } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

const windowScores = sql(new URL('../../../processors/scores/window-scores.sql', import.meta.url))
const SCALE: TestScale = { vertical: true, lowest: 100, highest: 350 }
const WINDOW = {
  test: 'map-growth',
  subject: 'mathematics',
  from: '2023-07-01',
  to: '2026-07-01',
  scale: SCALE,
} as const
const DAYS = ['2023-09-15', '2024-01-20', '2024-05-20', '2024-09-15', '2025-01-20'] as const

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const aScore = (student: string, date: string, score: number, rest: Partial<Score> = {}): Score => ({
  type: 'score',
  id: uuid5(`growth|${student}|${date}|${rest.subject ?? ''}`),
  source: 'map-growth',
  storedAt: '2026-01-01T12:00:00.000Z',
  kind: 'assessment',
  test: 'map-growth',
  subject: 'mathematics',
  window: `window of ${date.slice(0, 7)}`,
  grade: '05',
  date,
  score,
  counts: true,
  list: '',
  ...rest,
  student: person(student),
})

let position = 0
/** As the processor does it: scores, then the one of each window that counts. */
async function stored(...scores: Score[]): Promise<void> {
  const placed = scores.map(value => ({ value, position: `0/${position++}/0` }))
  await storeScores(warehouse, placed)
  await warehouse.command(
    `insert into window_scores (test, subject, window, student_id, window_begin, day, score, school_id, stored_at, computed)
     select test, subject, window, student_id, window_begin, day, score, school_id, stored_at, 1 from (${windowScores})`,
    { test: '', subject: '' },
  )
}

test('sums of the warehouse give what single scores give, to the last digits of a line', async () => {
  const uniform = uniforms(3)
  const names = [...Array(36).keys()].map(at => `s${at}`)
  const schoolOf = (at: number) => ['oak', 'elm', 'ash'][at % 3]!
  const homerooms = ['oak', 'elm', 'ash'].flatMap((school, k) =>
    aSchool(school, { [`${school}-1`]: names.filter((_, at) => at % 3 === k) }),
  )
  await enrol(warehouse, ...homerooms)
  const scores = names.flatMap((name, at) => {
    const slope = 8 + 3 * (at % 3) + 8 * uniform()
    return DAYS.map((day, k) =>
      aScore(name, day, Math.round(10 * (190 + at / 2 + slope * k * 0.34 + 4 * uniform())) / 10),
    )
  })
  await stored(...scores)
  // Enrolments of these rosters begin on 25 August 2025: the window reaches there
  const found = await storedHistories(warehouse, WINDOW)
  const rows = scores
    .map((score, at): HistoryRow => {
      const school_id = schoolOf(Math.floor(at / DAYS.length))
      return { student_id: score.student, school_id, day: score.date, score: score.score! }
    })
    .toSorted((a, b) => (a.student_id < b.student_id ? -1 : Number(a.student_id > b.student_id)))
  const expected = historiesOf(rows, SCALE, WINDOW.from)
  expect(found).toMatchObject({ students: expected.students, school: expected.school, leftOut: { impossible: 0 } })
  found.first.forEach((time, at) => expect(time).toBeCloseTo(expected.first[at]!, 12))
  const [one, other] = [found, expected].map(of => {
    const fit = fitTrajectories(of, SCALE, 3)
    return [...trajectories(fit, of), ...schoolGrowth(fit)].map(({ value }) => value)
  }) as [number[], number[]]
  one.forEach((value, at) => expect(value).toBeCloseTo(other[at]!, 5))
  expect(one.filter(value => value !== null).length).toBeGreaterThan(20)
})

test('impossible scores, other subjects and what lies outside the window are not in the sums', async () => {
  await stored(
    aScore('ada', '2024-01-20', 200),
    aScore('ada', '2024-05-20', 99),
    aScore('ada', '2023-06-30', 190),
    aScore('ada', '2026-07-01', 230),
    aScore('ada', '2024-01-21', 250, { subject: 'reading' }),
    aScore('ben', '2024-05-20', 351),
  )
  const { students, sums, leftOut, school, newest_ms } = await storedHistories(warehouse, WINDOW)
  expect(students).toEqual([person('ada')])
  expect(school).toEqual([''])
  expect(leftOut).toEqual({ impossible: 2, 'another scale': 0 })
  expect([sums.moments[0], sums.moments[3]]).toEqual([1, -25])
  expect([...newest_ms]).toEqual([Date.parse('2026-01-01T12:00:00.000Z')])
})

test('scores before a test had its scale of now are not in the sums', async () => {
  await stored(aScore('ada', '2023-09-15', 200), aScore('ada', '2024-09-15', 210))
  const { sums, origin } = await storedHistories(warehouse, { ...WINDOW, scale: { ...SCALE, since: '2024-07-01' } })
  expect([sums.moments[0], origin]).toEqual([1, '2024-07-01'])
})

test('who moved belongs to the school of most enrolled days, days in two classes counted once', async () => {
  await enrol(
    warehouse,
    ...aSchool('oak', { 'oak-1': [], 'oak-2': [] }),
    ...aSchool('elm', { 'elm-1': [] }),
    aStudent('ada'),
    // 100 days in two classes of one school are fewer than 150 in one of another
    anEnrolment('ada', 'oak-1', 'oak', '2024-09-01', '2024-12-10'),
    anEnrolment('ada', 'oak-2', 'oak', '2024-09-01', '2024-12-10'),
    anEnrolment('ada', 'elm-1', 'elm', '2024-12-10', '2025-05-09'),
    // Before the window nothing counts
    anEnrolment('ada', 'oak-1', 'oak', '2020-09-01', '2023-07-01'),
  )
  await stored(aScore('ada', '2024-09-15', 200), aScore('ada', '2024-10-20', 203), aScore('ada', '2025-05-01', 210))
  expect((await storedHistories(warehouse, WINDOW)).school).toEqual(['elm'])
})

test('scores under two identifiers of one student are one history', async () => {
  await enrol(warehouse, aStudent('ada'), anAlias('ada at the test', 'ada'))
  await stored(aScore('ada', '2024-09-15', 200), aScore('ada at the test', '2025-01-20', 208))
  const { students, sums } = await storedHistories(warehouse, WINDOW)
  expect([students, sums.moments[0]]).toEqual([[person('ada')], 2])
})

test('nothing stored is no student', async () => {
  const histories = await storedHistories(warehouse, WINDOW)
  expect(histories.students).toEqual([])
  expect(fitTrajectories(histories, SCALE, 3)).toMatchObject({ status: 'insufficient', model: null })
})
