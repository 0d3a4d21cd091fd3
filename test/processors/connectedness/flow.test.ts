import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { storePlans } from '../../../processors/store-plans.ts'
import { aPlan, placed } from '../../helpers/plans.ts'
import { aRecord, aSchool, enrol, store, type RecordSketch } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { anAdviser, connect, connectednessOf, figureOf, MINUTE_MS } from './a-school-of-contacts.ts'

// a week takes a second on a machine of its own, and there are several in a test
vi.setConfig({ testTimeout: 4 * MINUTE_MS })
const emptied = emptiedWarehouse()
const WEEK = '2026-02-16'

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben', 'cy', 'di'] }), ...anAdviser('ms-lee', 'S1', 'A'))
})

/** A stretch of a mode that ends at a time of Tuesday 17 February 2026. */
function stretch(mode: 'I' | 'A' | 'P' | 'G', end: string, minutes: number, rest: RecordSketch = {}) {
  const sketch = { at: `2026-02-17T${end}:00-05:00`, durationMs: minutes * MINUTE_MS, ...rest }
  if (mode === 'I') return aRecord({ kind: 'answered', actor: 'ada', ...sketch })
  if (mode === 'A') return aRecord({ kind: 'met', mode: 'adult', actor: 'ms-lee', others: ['ada'], ...sketch })
  if (mode === 'P') return aRecord({ kind: 'collaborated', mode: 'peer', actor: 'ada', others: ['ben'], ...sketch })
  return aRecord({ kind: 'met', mode: 'group', actor: 'ms-lee', others: ['ada', 'ben', 'cy'], ...sketch })
}

test('nine segments IIAPIGGIP switch in .75 of the moves with a transition entropy of .625', async () => {
  await store(warehouse, [
    stretch('I', '08:20', 20),
    stretch('I', '09:20', 20),
    stretch('A', '09:40', 15),
    stretch('P', '10:00', 15),
    stretch('I', '10:30', 20),
    stretch('G', '10:50', 15),
    stretch('G', '11:45', 15),
    stretch('I', '12:40', 20),
    stretch('P', '13:45', 15),
  ])
  await connect(warehouse)
  expect(await connectednessOf(warehouse, 'ada', WEEK)).toMatchObject({
    switch_rate: expect.closeTo(0.75, 9),
    transition_entropy: expect.closeTo(0.625, 9),
  })
  const [flow] = await warehouse.query<{ segments: number; moves: number[] }>(
    'select segments, moves from flow_weeks final order by segments desc limit 1',
  )
  expect(flow).toEqual({ segments: 9, moves: [1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1] })
})

test('minutes 120, 25, 60, 95 have a balance of .908621 and fit the plan .4, .1, .25, .25 by .994610', async () => {
  const mix = { individual: 0.4, adult: 0.1, peer: 0.25, group: 0.25 }
  await storePlans(warehouse, placed([aPlan({ mix, begin: '2026-01-05', end: null })]))
  await store(warehouse, [
    // the end of a session counts one minute
    stretch('I', '08:59', 59),
    stretch('I', '10:29', 59),
    stretch('A', '11:25', 25),
    stretch('P', '12:30', 60, { kind: 'met' }),
    stretch('G', '15:00', 95),
  ])
  await connect(warehouse)
  const ada = await connectednessOf(warehouse, 'ada', WEEK)
  expect(['individual_ms', 'adult_ms', 'peer_ms', 'group_ms'].map(mode => Number(ada[mode]) / MINUTE_MS)).toEqual([
    120, 25, 60, 95,
  ])
  expect(ada).toMatchObject({
    balance: expect.closeTo(0.908621, 6),
    plan_fit: expect.closeTo(0.99461, 6),
    weeks_off_plan: 0,
    switch_rate: expect.closeTo(0.75, 9),
  })
  // ben has no plan, di no logged time
  expect(await connectednessOf(warehouse, 'ben', WEEK)).toMatchObject({ plan_fit: null })
  expect(await connectednessOf(warehouse, 'di', WEEK)).toMatchObject({ balance: null, switch_rate: null })
  expect(await figureOf(warehouse, 'flow_balance', 'S1', WEEK)).toMatchObject({ n: 3, enrolled: 4, status: 'ok' })
})

test('two modes at one time count once, as the more personal one; alone, time is that of B2', async () => {
  await store(warehouse, [
    stretch('I', '09:00', 30),
    stretch('A', '09:10', 20),
    stretch('I', '13:00', 10, { actor: 'di' }),
    stretch('I', '13:15', 5, { actor: 'di' }),
    stretch('I', '14:00', 0, { actor: 'di' }),
  ])
  await connect(warehouse)
  const ada = await connectednessOf(warehouse, 'ada', WEEK)
  expect([ada['individual_ms'], ada['adult_ms']].map(ms => Number(ms) / MINUTE_MS)).toEqual([20, 20])
  const [effort] = await warehouse.query<{ same: boolean; effort: number }>(
    `select w.effort_ms = c.individual_ms as same, toFloat64(w.effort_ms) as effort from student_week as w final
     inner join student_connectedness as c final on c.student_id = w.student_id and c.week = w.week
     where c.peer_ms + c.adult_ms = 0 and w.effort_ms > 0`,
  )
  // 10, a pause of 10, 5, the end of the session, one click
  expect(effort).toEqual({ same: 1, effort: 27 * MINUTE_MS })
})

test('days are connected with an adult and a peer; days without anybody add up over weeks until there is contact', async () => {
  const click = (day: string) => aRecord({ at: `${day}T09:00:00-05:00`, actor: 'cy' })
  await store(warehouse, [
    click('2026-02-03'),
    click('2026-02-10'),
    stretch('A', '09:40', 15, { at: '2026-02-05T09:40:00-05:00' }),
    stretch('A', '09:40', 15, { at: '2026-02-16T09:40:00-05:00' }),
    stretch('P', '11:00', 15, { at: '2026-02-16T11:00:00-05:00' }),
    stretch('P', '11:00', 15, { at: '2026-02-17T11:00:00-05:00' }),
    aRecord({ at: '2026-02-18T09:00:00-05:00', kind: 'absent', actor: 'ada' }),
  ])
  await connect(warehouse)
  // Thursday 5 February to Monday 16: one school day, five, none
  expect(await connectednessOf(warehouse, 'ada', '2026-02-09')).toMatchObject({ run_days: 6, longest_run: 6 })
  expect(await connectednessOf(warehouse, 'ada', WEEK)).toMatchObject({
    // four days present: the absent one is neither a lonely one nor a school day
    connected_share: 0.25,
    run_days: 2,
    longest_run: 6,
    seen_days: 14,
  })
})

test('weeks far from the own plan are counted in a row, and one near it ends the row', async () => {
  const mix = { individual: 0, adult: 0, peer: 0.5, group: 0.5 }
  await storePlans(warehouse, placed([aPlan({ mix, begin: '2026-01-05', end: null })]))
  await store(warehouse, [
    stretch('I', '09:00', 30, { at: '2026-02-03T09:00:00-05:00' }),
    stretch('I', '09:00', 30, { at: '2026-02-10T09:00:00-05:00' }),
    stretch('P', '09:00', 30, { kind: 'met' }),
    stretch('G', '11:00', 30),
  ])
  await connect(warehouse)
  const weeks = ['2026-02-02', '2026-02-09', WEEK]
  const found = await Promise.all(weeks.map(week => connectednessOf(warehouse, 'ada', week)))
  expect(found.map(row => row['weeks_off_plan'])).toEqual([1, 2, 0])
  expect(found.map(row => row['plan_fit'])).toEqual([0, 0, 1])
})
