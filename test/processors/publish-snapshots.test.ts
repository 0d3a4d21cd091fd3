import { beforeEach, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { publish, type Snapshot } from '../../processors/publish/publish.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'

const emptied = emptiedWarehouse()

let warehouse: Warehouse
let computed = 0
beforeEach(async () => {
  warehouse = await emptied()
})

type Figure = { value: number; n: number; members: number }
type School = Figure & { id: string }

/** Live figures of schools and of the district that they are, in one indicator and week; `members` says who they are. */
async function live(
  schools: readonly School[],
  { indicator = 'effort_minutes', week = '2026-03-02', value = 60 } = {},
): Promise<void> {
  computed++
  const sum = (of: (school: School) => number) => schools.reduce((total, school) => total + of(school), 0)
  const district = { id: 'd', value, n: sum(s => s.n), members: sum(s => s.members) }
  await warehouse.insert(
    'indicators',
    [...schools, district].map(unit => ({
      indicator,
      version: 1,
      unit_type: unit.id === 'd' ? 'district' : 'school',
      unit_id: unit.id,
      slice: '',
      period: 'a week',
      week,
      as_of: '2026-03-09 12:00:00.000',
      value: unit.value,
      se: 1,
      lo95: unit.value - 2,
      hi95: unit.value + 2,
      n: unit.n,
      n_eff: unit.n,
      status: 'ok',
      reason: '',
      enrolled: unit.n,
      computed: String(computed),
      deleted: 0,
      members: String(unit.members),
    })),
  )
}

/** What the newest snapshot, or another one, shows of each unit: value and n. */
async function shown(of?: Snapshot | null, { indicator = 'effort_minutes', week = '2026-03-02' } = {}) {
  const found = await warehouse.query<{ unit: string; value: number | null; n: number | null }>(
    `select unit_id as unit, value, n from published
     where snapshot = if({snapshot:UInt64} = 0, (select max(snapshot) from snapshots final where complete), {snapshot:UInt64})
       and indicator = {indicator:String} and week = {week:Date} order by unit`,
    { snapshot: of?.snapshot ?? '0', indicator, week },
  )
  return Object.fromEntries(found.map(({ unit, value, n }) => [unit, value === null ? null : `${value} of ${n}`]))
}

const A = { id: 'A', value: 50, n: 100, members: 1000 }
const B = { id: 'B', value: 70, n: 200, members: 2000 }

describe('a week that was published', () => {
  test('shows new values of the same students', async () => {
    await live([A, B])
    await publish(warehouse)
    await live([{ ...A, value: 55 }, B], { value: 62 })
    expect(await publish(warehouse)).toMatchObject({ kept: 0 })
    expect(await shown()).toEqual({ A: '55 of 100', B: '70 of 200', d: '62 of 300' })
  })

  test('stands as it was, whole, when one student came', async () => {
    await live([A, B])
    await publish(warehouse)
    await live(
      [
        { ...A, value: 55, n: 101, members: 1001 },
        { ...B, value: 71 },
      ],
      { value: 63 },
    )
    expect(await publish(warehouse)).toMatchObject({ cells: 3, kept: 1 })
    expect(await shown()).toEqual({ A: '50 of 100', B: '70 of 200', d: '60 of 300' })
  })

  test('stands as it was when one student came and another one left', async () => {
    await live([A, B])
    await publish(warehouse)
    await live([{ ...A, value: 55, members: 1007 }, B])
    expect(await publish(warehouse)).toMatchObject({ kept: 1 })
  })

  test('is shown anew when ten students came', async () => {
    await live([A, B])
    await publish(warehouse)
    await live([{ ...A, value: 55, n: 110, members: 1100 }, B])
    expect(await publish(warehouse)).toMatchObject({ kept: 0 })
    expect(await shown()).toMatchObject({ A: '55 of 110', d: '60 of 310' })
  })

  test('is held against every earlier snapshot, not only against the last', async () => {
    await live([A, B])
    await publish(warehouse)
    await live([{ ...A, n: 112, members: 1100 }, B])
    await publish(warehouse)
    // One more than in the first snapshot, eleven fewer than in the second.
    await live([{ ...A, value: 55, n: 101, members: 1001 }, B])
    expect(await publish(warehouse)).toMatchObject({ kept: 1 })
    expect(await shown()).toMatchObject({ A: '50 of 112' })
    // Once again those of the first.
    await live([{ ...A, value: 56 }, B])
    expect(await publish(warehouse)).toMatchObject({ kept: 0 })
    expect(await shown()).toMatchObject({ A: '56 of 100' })
  })

  test('stands as it was when nobody can say who the students are', async () => {
    await live([{ ...A, members: 0 }, B])
    await publish(warehouse)
    await live([{ ...A, members: 0, value: 55 }, B])
    expect(await publish(warehouse)).toMatchObject({ kept: 1 })
  })

  test('hides what it hid, also where the table alone no longer asks for it', async () => {
    const small = { id: 'S', value: 40, n: 5, members: 5 }
    const C = { id: 'C', value: 30, n: 30, members: 300 }
    await live([A, B, C, small])
    await publish(warehouse)
    expect(await shown()).toMatchObject({ S: null, C: null, A: '50 of 100' })
    // S is as small as before. Who hides A for it instead of C gives away S: by C from here, and their sum from there.
    await live([{ ...A, n: 20, members: 20 }, B, C, small])
    await publish(warehouse)
    expect(await shown()).toMatchObject({ S: null, C: null, B: '70 of 200' })
  })

  test('leaves other weeks and indicators as they are', async () => {
    const other = { week: '2026-03-09' }
    const contact = { indicator: 'contact_minutes' }
    for (const which of [{}, other, contact]) await live([A, B], which)
    await publish(warehouse)
    await live([{ ...A, n: 101, members: 1001 }, B])
    for (const which of [other, contact]) await live([{ ...A, value: 55 }, B], which)
    expect(await publish(warehouse)).toMatchObject({ kept: 1 })
    expect(await shown(null)).toMatchObject({ A: '50 of 100' })
    expect(await shown(null, { ...other, indicator: 'effort_minutes' })).toMatchObject({ A: '55 of 100' })
    expect(await shown(null, { ...contact, week: '2026-03-02' })).toMatchObject({ A: '55 of 100' })
  })
})

test('an earlier snapshot never changes', async () => {
  await live([A, B])
  const first = await publish(warehouse)
  const before = await shown(first)
  await live([
    { ...A, value: 55 },
    { ...B, n: 300, members: 1 },
  ])
  await publish(warehouse)
  expect(await shown(first)).toEqual(before)
})

test('a week is published from the third day after its end', async () => {
  await live([A, B])
  expect(await publish(warehouse, { clock: () => new Date('2026-03-11T23:59:00Z') })).toBeNull()
  expect(await publish(warehouse, { clock: () => new Date('2026-03-12T00:00:00Z') })).toMatchObject({ cells: 3 })
})

test('weeks and indicators with the same numbers of students are audited once', async () => {
  for (const week of ['2026-03-02', '2026-03-09', '2026-03-16']) {
    for (const indicator of ['effort_minutes', 'contact_minutes']) await live([A, B], { week, indicator })
  }
  // One table of the students behind the figures, one of the enrolled students.
  expect(await publish(warehouse)).toMatchObject({ cells: 18, audits: 2 })
})

test('nothing of the draft is left', async () => {
  await live([A, B, { id: 'S', value: 40, n: 5, members: 5 }])
  await publish(warehouse)
  const [{ drafts } = { drafts: 1 }] = await warehouse.query<{ drafts: number }>(
    'select toUInt32(count()) as drafts from publishing',
  )
  expect(drafts).toBe(0)
})
