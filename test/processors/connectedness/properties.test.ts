import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { Random } from '../../../infra/demo/random.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import type { Kind, LearningRecord } from '../../../schemas/record.ts'
import { aRecord, aSchool, enrol, store } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { anAdviser, connect, MINUTE_MS } from './a-school-of-contacts.ts'

vi.setConfig({ testTimeout: 10 * MINUTE_MS })
const emptied = emptiedWarehouse()
const WEEKS = ['2026-02-09', '2026-02-16']
const STUDENTS = 24
const KINDS: Kind[] = ['met', 'messaged', 'collaborated', 'asked-help', 'gave-feedback', 'answered']
const name = (i: number): string => `s${i}`

/** Any contacts of two weeks among the students of two advisories and their advisers. */
function anyRecords(seed: number, of: (student: string) => string = student => student): LearningRecord[] {
  const random = new Random().restart(seed, 0, 0, 0)
  return Array.from({ length: 160 }, (_, i) => {
    const kind = KINDS[random.below(KINDS.length)]!
    const people = Array.from({ length: kind === 'answered' ? 1 : 2 + random.below(4) }, () =>
      name(random.below(STUDENTS)),
    )
    const adult = kind !== 'answered' && random.chance(0.5) ? [random.chance(0.5) ? 'ms-lee' : 'mr-ray'] : []
    const [actor, ...others] = [...new Set([...(random.chance(0.5) ? adult : []), ...people.map(of), ...adult])]
    // nothing reaches back over the first midnight
    const minute = 120 + random.below(14 * 24 * 60 - 120)
    return aRecord({
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      at: new Date(Date.parse('2026-02-09T00:00:00-05:00') + minute * MINUTE_MS).toISOString(),
      kind,
      actor: actor!,
      others,
      ...(random.chance(0.7) && { durationMs: (1 + random.below(90)) * MINUTE_MS }),
      ...(random.chance(0.5) && { choice: random.chance(0.5) ? 'chosen' : 'assigned' }),
    })
  })
}

async function aDistrict(of: (student: string) => string = student => student): Promise<Warehouse> {
  const warehouse = await emptied()
  const students = Array.from({ length: STUDENTS }, (_, i) => of(name(i)))
  await enrol(
    warehouse,
    ...aSchool('S1', { A: students.slice(0, 12), B: students.slice(12) }),
    ...anAdviser('ms-lee', 'S1', 'A'),
    ...anAdviser('mr-ray', 'S1', 'B'),
  )
  return warehouse
}

const TABLES = [
  'tie_weeks',
  'flow_weeks',
  'student_connectedness',
  'contact_logging',
  'adviser_load',
  'mixing',
  'home_bases',
]

/** Every row of every table, but for when it was computed. */
async function everything(warehouse: Warehouse): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const table of [...TABLES, 'indicators'])
    found[table] = await warehouse.query(
      `select hex(sipHash128(tuple(* except (computed)))) as hash from ${table} final order by hash`,
    )
  return found
}

/** In an order that follows from nothing in them. */
const shuffled = (records: readonly LearningRecord[]): LearningRecord[] => {
  const key = ({ id }: LearningRecord) => createHash('sha256').update(id).digest('hex')
  return [...records].sort((one, other) => (key(one) < key(other) ? -1 : 1))
}

test('order, duplicates and splitting of the stream change no bit of any table', async () => {
  const records = anyRecords(7)
  const whole = await aDistrict()
  await store(whole, records)
  await connect(whole)
  const expected = await everything(whole)
  expect(expected['student_connectedness']!.length).toBe(2 * STUDENTS)
  expect(expected['indicators']!.length).toBeGreaterThan(50)

  const split = await aDistrict()
  const other = shuffled(records)
  for (const part of [other.slice(0, 70), other.slice(30, 120), other.slice(110)]) {
    await store(split, part)
    await connect(split)
  }
  expect(await everything(split)).toEqual(expected)
})

test('other names give the same figures of every unit', async () => {
  const figures = (warehouse: Warehouse) =>
    warehouse.query(
      `select indicator, unit_type, unit_id, slice, week, value, se, lo95, hi95, n, n_eff, status, reason from indicators final
       where indicator in (select distinct indicator from indicators where indicator like 'a%contact%' or indicator in
         ('no_peer_tie', 'connected_days', 'flow_balance', 'home_base_density', 'adult_reciprocity', 'peer_reciprocity'))
       order by all`,
    )
  const of = (student: string): string => `renamed ${student}`
  const before = await aDistrict()
  await store(before, anyRecords(11))
  await connect(before, WEEKS)
  const expected = await figures(before)
  expect(expected.length).toBeGreaterThan(50)
  const after = await aDistrict(of)
  await store(after, anyRecords(11, of))
  await connect(after, WEEKS)
  expect(await figures(after)).toEqual(expected)
})
