import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { pendingWeeks } from '../../processors/touched.ts'
import { aRecord, anAlias, enrol, recompute, store, type RecordSketch } from '../helpers/records.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const touched = async (): Promise<string[]> => (await pendingWeeks(warehouse)).map(({ week }) => week)

/** Stored and computed: nothing waits any more. */
async function computed(sketch: RecordSketch): Promise<string> {
  const record = aRecord({ actor: 'ada@example.org', ...sketch })
  await store(warehouse, [record])
  await recompute(warehouse)
  expect(await touched()).toEqual([])
  return record.id
}

const voiding = (id: string) => aRecord({ kind: 'voided', voids: id, at: '2026-03-20T10:00:00-05:00' })

test('a late alias touches the week before only where a record reaches back over Monday midnight', async () => {
  await computed({ at: '2026-03-02T10:00:00-05:00', durationMs: 60_000 })
  await enrol(warehouse, anAlias('ada@example.org', 'ada'))
  expect(await touched()).toEqual(['2026-03-02'])
  await recompute(warehouse)
  await computed({ at: '2026-03-02T00:10:00-05:00', durationMs: 20 * 60_000 })
  await enrol(warehouse, anAlias('ada@example.org', 'eve'))
  expect(await touched()).toEqual(['2026-03-02', '2026-02-23'])
})

test('a void touches the week before only where the voided record reaches back over Monday midnight', async () => {
  const within = await computed({ at: '2026-03-02T10:00:00-05:00', durationMs: 60_000 })
  await store(warehouse, [voiding(within)])
  expect(await touched()).toEqual(['2026-03-16', '2026-03-02'])
  await recompute(warehouse)
  const across = await computed({ at: '2026-03-02T00:10:00-05:00', durationMs: 20 * 60_000 })
  await store(warehouse, [voiding(across)])
  expect(await touched()).toEqual(['2026-03-16', '2026-03-02', '2026-02-23'])
})

test('a record outside the kept range counts in no week, also after a late alias and a void', async () => {
  const id = await computed({ at: '1999-03-01T10:00:00-05:00', timely: false, durationMs: 60_000 })
  await enrol(warehouse, anAlias('ada@example.org', 'ada'))
  expect(await touched()).toEqual([])
  await store(warehouse, [voiding(id)])
  expect(await touched()).toEqual(['2026-03-16'])
  await recompute(warehouse)
  const weeks = await warehouse.query('select week from student_week final')
  expect(weeks).toEqual([])
})
