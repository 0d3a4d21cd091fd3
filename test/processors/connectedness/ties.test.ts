import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { aSchool, enrol, person, store } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { aMeeting, anAdult, anAdviser, connect, connectednessOf, MINUTE_MS, together } from './a-school-of-contacts.ts'

const emptied = emptiedWarehouse()
let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

/** Local midnight some days before the end of the week of 16 February 2026, in winter time. */
const daysBefore = (days: number): string =>
  new Date(Date.parse('2026-02-23T00:00:00-05:00') - days * 86_400_000).toISOString()

test('the weight of a tie is the sum of the specification, and 2.0 after a week more', async () => {
  const eleven = Array.from({ length: 11 }, (_, i) => `other${i}`)
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', ...eleven] }), ...anAdviser('ms-lee', 'S1', 'A'))
  await store(warehouse, [
    aMeeting(daysBefore(1), 'ms-lee', ['ada']),
    aMeeting(daysBefore(8), 'ms-lee', ['ada'], { durationMs: 45 * MINUTE_MS }),
    aMeeting(daysBefore(15), 'ms-lee', ['ada'], { kind: 'gave-help' }),
    aMeeting(daysBefore(30), 'ms-lee', ['ada'], { durationMs: 10 * MINUTE_MS }),
    // the specification takes b = 1 for twelve at once; a group has .7
    aMeeting(daysBefore(57), 'ms-lee', ['ada', ...eleven]),
  ])
  await connect(warehouse)
  const { adults, adult_weights, adult_weeks, sustained } = await connectednessOf(warehouse, 'ada', '2026-02-16')
  expect(adults).toEqual([person('ms-lee')])
  // W = 3.348764 [statsmodels script] with b = 1 for the group
  const group = 2 ** (-57 / 28) / Math.sqrt(12)
  expect(adult_weights[0]).toBeCloseTo(3.348764 - 0.3 * group, 6)
  expect(adult_weeks).toEqual([4])
  expect(sustained).toBe(1)
})
