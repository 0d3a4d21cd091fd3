import { expect, test } from 'vitest'
import type { LogAdmin } from '../../../infra/log/event-log.ts'
import { plannedRemovals, remove } from '../../../processors/retention.ts'
import { readPolicy } from '../../../processors/retention-policy.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aRecord, store } from '../../helpers/records.ts'
import { aDistrict, anInstrument, aResponse, gradedSchool, ITEMS } from './a-window.ts'

const emptied = emptiedWarehouse()
/** No topic has a period. */
const log = {} as LogAdmin
const TABLES = ['climate_scales', 'climate_schools', 'climate_differences', 'climate_windows']
const STUDENTS = [...Array(130).keys()].map(i => `oak${i}`)
const AUTUMN = { id: '2025-fall', begin: '2025-10-06', end: '2025-10-18' }
const SPRING = { id: '2026-spring', begin: '2026-03-02', end: '2026-03-14' }

test('figures of a survey go by the period of aggregates, window by window, and do not come back', async () => {
  const warehouse = await emptied()
  const district = aDistrict(warehouse)
  await district.enrol(...gradedSchool('oak', STUDENTS))
  const answers = (at: number) =>
    Object.fromEntries(ITEMS.map(({ id }, item) => [id, 1 + ((at + (at % 3) * item) % 4)]))
  await district.store(
    anInstrument({ windows: [AUTUMN, SPRING] }),
    ...STUDENTS.slice(10).flatMap((who, at) => [
      aResponse({ who, day: '2025-10-08', answers: answers(at), rest: { id: `0197a000-0000-4000-8000-${String(at).padStart(12, '0')}`, window: AUTUMN.id } }), // prettier-ignore
      aResponse({ who, answers: answers(at + 1) }),
    ]),
  )
  await store(warehouse, [aRecord({ at: '2025-10-08T10:00:00-05:00', storedAt: '2025-10-08T15:00:01.000Z' })])
  await district.run()
  const windows = async (table: string) =>
    (await warehouse.query<{ window: string }>(`select distinct window from ${table} final order by 1`)).map(({ window }) => window) // prettier-ignore
  const held = async (): Promise<Record<string, string[]>> =>
    Object.fromEntries(await Promise.all(TABLES.map(async name => [name, await windows(name)])))
  const before = await held()
  expect(before).toMatchObject({
    climate_scales: ['2025-fall', '2026-spring'],
    climate_differences: ['2026-spring'],
    climate_windows: ['2025-fall', '2026-spring'],
  })

  const now = new Date('2027-01-10T08:00:00.000Z')
  const policy = readPolicy(JSON.stringify({ events: '1 year', indicators: '1 year' }))
  const removals = await plannedRemovals({ warehouse, log }, policy, now)
  expect(
    new Set(removals.filter(({ from }) => from.startsWith('climate')).map(({ from, month }) => `${from} ${month}`)),
  ).toEqual(new Set(TABLES.filter(table => before[table]!.includes('2025-fall')).map(table => `${table} 202510`)))
  await remove({ warehouse, log }, policy, removals, now)
  expect(await held()).toEqual(
    Object.fromEntries(TABLES.map(table => [table, before[table]!.filter((window: string) => window !== '2025-fall')])),
  )
  expect((await district.figures("period = '2025-fall'")).size).toBe(0)
  expect((await district.figures("period = '2026-spring'")).size).toBeGreaterThan(0)

  await district.run(now.toISOString(), ['2025-10-13', '2026-03-09'])
  expect((await held()).climate_windows).toEqual(['2026-spring'])
  expect(await plannedRemovals({ warehouse, log }, policy, now)).toEqual([])
})
