import { expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import type { TestScale } from '../../../processors/growth/scales.ts'
import { fitOf } from '../../../processors/growth/store-fit.ts'
import { storedHistories } from '../../../processors/growth/stored-histories.ts'
import { person } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'

const MEASURE = { test: 'map-growth', subject: 'mathematics' }
const SCALE: TestScale = { vertical: true, lowest: 100, highest: 350 }
const DAYS = ['2023-09-15', '2024-09-15', '2025-09-15']

const sat = (warehouse: Warehouse, rows: readonly { name: string; day: string; score: number }[], computed = 1) =>
  warehouse.insert(
    'window_scores',
    rows.map(({ name, day, score }) => ({
      ...MEASURE,
      window: day,
      // Any 32 bytes
      student_id: person(name).slice(0, 32),
      window_begin: day,
      day,
      score,
      school_id: 'oak',
      stored_at: `${day} 12:00:00.000`,
      sittings: 1,
      computed,
    })),
  )

test('a model is fitted once to the same scores, and again when one of them is another', async () => {
  const warehouse = await freshWarehouse()
  const uniform = uniforms(3)
  const rows = Array.from({ length: 30 }, (_, at) => {
    const [start, slope] = [180 + 40 * uniform(), 2 + 10 * uniform()]
    return DAYS.map((day, year) => ({ name: `s${at}`, day, score: Math.round(start + slope * year + 4 * uniform()) }))
  }).flat()
  await sat(warehouse, rows)
  const fit = async (computed: string) => {
    const histories = await storedHistories(warehouse, { ...MEASURE, from: DAYS[0]!, to: '2025-09-16', scale: SCALE })
    return fitOf(warehouse, MEASURE, histories, SCALE, computed)
  }
  const first = await fit('1')
  expect(first).toMatchObject({ status: 'ok', model: { rows: 90, students: 30 } })
  // What a second computation finds is marked, so that it is known when it is used.
  await warehouse.command(
    `insert into growth_models select * replace (replaceRegexpOne(model, '"reason":"[^"]*"', '"reason":"found"') as model, 2 as computed)
     from growth_models final`,
  )
  expect(await fit('3')).toEqual({ ...first, reason: 'found' })
  await sat(warehouse, [{ ...rows[0]!, score: rows[0]!.score + 1 }], 2)
  const second = await fit('4')
  expect(second.reason).not.toBe('found')
  expect(second.model!.deviance).not.toBe(first.model!.deviance)
})
