import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { conditionalGrowth } from '../../../processors/growth/conditional-growth.ts'
import type { TestScale } from '../../../processors/growth/scales.ts'
import { storedConditionalGrowth } from '../../../processors/growth/stored-conditional-growth.ts'
import { person } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

const SCALE: TestScale = { vertical: true, lowest: 100, highest: 350 }
const OF = { test: 'map-growth', subject: 'mathematics', from: 'fall', to: 'spring', scale: SCALE }

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

type Row = { name: string; window: string; day: string; score: number; grade?: string; school?: string }

const sat = (...rows: Row[]) =>
  warehouse.insert(
    'window_scores',
    rows.map(({ name, grade = '05', school = 'oak', ...row }) => ({
      ...row,
      grade,
      test: OF.test,
      subject: OF.subject,
      // Any 32 bytes
      student_id: person(name).slice(0, 32),
      school_id: school,
      window_begin: row.day,
      stored_at: `${row.day} 12:00:00.000`,
      sittings: 1,
      computed: 1,
    })),
  )

test('every grade is a cohort of its own, and gives what its columns give', async () => {
  const uniform = uniforms(9)
  const students = Array.from({ length: 230 }, (_, at) => ({
    name: `s${at}`,
    grade: at < 120 ? '05' : '06',
    pre: Math.round(180 + 40 * uniform()),
    gain: Math.round(8 + 6 * uniform()),
    day: `2026-05-${11 + Math.floor(15 * uniform())}`,
  }))
  await sat(
    ...students.map(({ name, grade, pre }) => ({ name, grade, window: 'fall', day: '2025-09-15', score: pre })),
    ...students.map(({ name, grade, pre, gain, day }) => ({ name, grade, window: 'spring', day, score: pre + gain })),
  )
  const cohorts = await storedConditionalGrowth(warehouse, OF)
  expect(cohorts.map(({ grade, status, n }) => ({ grade, status, n }))).toEqual([
    { grade: '05', status: 'ok', n: 120 },
    { grade: '06', status: 'ok', n: 110 },
  ])
  const fifth = students.filter(({ grade }) => grade === '05')
  const weeks = ({ day }: { day: string }) => {
    const days = (Date.parse(day) - Date.parse('2025-09-15')) / 86_400_000
    return (Math.floor(days / 7) * 5 + Math.min(days % 7, 5)) / 5
  }
  const expected = conditionalGrowth(
    {
      pre: Float64Array.from(fifth, ({ pre }) => pre),
      post: Float64Array.from(fifth, ({ pre, gain }) => pre + gain),
      weeks: Float64Array.from(fifth, weeks),
    },
    SCALE,
  )
  expect(cohorts[0]!.sd).toBeCloseTo(expected.sd!, 9)
  expect(cohorts[0]!.coefficients!.weeks).toBeCloseTo(expected.coefficients!.weeks, 9)
  expect(cohorts[0]!.rows[0]!.as_of_ms).toBeGreaterThan(Date.parse('2026-05-11'))
})

test('weeks are school days of the district ÷ 5: holidays are not in them, school on a Saturday is', async () => {
  const day = (at: string, school_day: boolean) => ({
    school_id: '',
    day: at,
    school_day,
    reason: '',
    source: 'sis',
    ver: 1,
  })
  await warehouse.insert('calendar', [day('2026-03-04', false), day('2026-03-05', false), day('2026-03-14', true)])
  const rows = Array.from({ length: 101 }, (_, at): Row[] => [
    { name: `s${at}`, window: 'fall', day: '2026-03-02', score: 200 + (at % 7) },
    // Half of them two weeks later, half three
    {
      name: `s${at}`,
      window: 'spring',
      day: at % 2 === 0 ? '2026-03-16' : '2026-03-23',
      score: 210 + (at % 7) + (at % 2 === 0 ? 9 : 14) + ((at * 3) % 5) / 10,
    },
  ])
  await sat(...rows.flat())
  const [cohort] = await storedConditionalGrowth(warehouse, OF)
  // 9 and 14 school days are 1.8 and 2.8 weeks: five points more in the one week between them
  expect(cohort!.coefficients!.weeks).toBeCloseTo(5, 1)
})

test('who has one score only, or sat the second first, is in no cohort', async () => {
  await sat(
    { name: 'ada', window: 'fall', day: '2025-09-15', score: 200 },
    { name: 'ben', window: 'spring', day: '2026-05-15', score: 200 },
    { name: 'cem', window: 'fall', day: '2026-05-15', score: 200 },
    { name: 'cem', window: 'spring', day: '2025-09-15', score: 200 },
    { name: 'dia', window: 'fall', day: '2025-09-15', score: 200 },
    { name: 'dia', window: 'spring', day: '2026-05-15', score: 205 },
  )
  expect(await storedConditionalGrowth(warehouse, OF)).toMatchObject([
    {
      grade: '05',
      n: 1,
      rows: [{ school_id: '', pre: 200, post: 205 }],
      status: 'insufficient',
      reason: 'students with two scores: 1; 100 are needed',
    },
  ])
})
