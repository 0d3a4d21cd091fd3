import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRuntime } from '../infra/commands/runtime.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { filesWith } from './helpers/in-files.ts'
import {
  aLesson,
  ann,
  anErasableHomeroom,
  sendEverything,
  stateOf,
  ZYX,
  ZYX_TEXTS,
  zyxByAccount,
  zyxByMail,
  type Erasable,
} from './helpers/an-erasable-homeroom.ts'

const MINUTE_MS = 60_000

let erasable: Erasable
let named: string[]
let own: string[]
beforeAll(async () => {
  erasable = await anErasableHomeroom()
  ;({ named, own } = await sendEverything(erasable))
  await erasable.homeroom.caughtUp()
}, 3 * MINUTE_MS)
afterAll(() => erasable.remove())

type Row = Record<string, unknown>

async function inWarehouse<T>(ask: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const runtime = await openRuntime({ ...erasable.homeroom.config })
  try {
    return await ask(runtime.warehouse)
  } finally {
    await runtime.close()
  }
}

const figures = (warehouse: Warehouse): Promise<Row[]> =>
  warehouse.query<Row>(
    'select * except (computed, student_id, newest), hex(student_id) as s from student_week final order by week, s',
  )
const enrolled = async (warehouse: Warehouse): Promise<number[]> =>
  (
    await warehouse.query<{ n: number }>(
      "select enrolled as n from indicators final where unit_type = 'school' and slice = '' order by week, indicator",
    )
  ).map(({ n }) => n)
const inFiles = (): Promise<string[]> => filesWith(erasable.homeroom.config.data, ZYX_TEXTS)
const json = async <T>(...args: string[]): Promise<T> =>
  JSON.parse((await erasable.homeroom.command(...args, '--json')).trim().split('\n').at(-1)!) as T

let others: Row[]
let enrolledBefore: number[]

test(
  'before, the files hold the person: in the log and in the identity tables',
  async () => {
    const found = await inFiles()
    expect(found.some(line => line.startsWith('log/') && line.includes('zyxamail'))).toBe(true)
    expect(found.some(line => line.startsWith('engine/') && line.includes('zyxagiven'.replace('z', 'Z')))).toBe(true)
    // Whatever else was told is sealed: its words stand nowhere.
    expect(found.filter(line => line.includes('zyxawords'))).toEqual([])
    await inWarehouse(async warehouse => {
      const all = await figures(warehouse)
      others = all.filter(({ s }) => !erasable.pseudonyms.includes(String(s).toLowerCase()))
      expect(all.length).toBeGreaterThan(others.length)
      enrolledBefore = await enrolled(warehouse)
      expect(new Set(enrolledBefore)).toEqual(new Set([5]))
    })
  },
  MINUTE_MS,
)

test('an identifier that nobody has is said to be unknown, and nothing is written', async () => {
  const answer = await erasable.homeroom.command('erase', 'username:nobody', '--apply')
  expect(answer).toContain('Nothing is kept of that identifier')
  expect(await erasable.homeroom.command('erase', '--list')).toBe('')
})

type Plan = {
  tables: { table: string; own: number; named: number }[]
  documents: number
  attachments: number
  letters: string[]
  pseudonyms: string[]
}

test(
  'what would go is shown first, by table and store, and nothing goes by showing it',
  async () => {
    const plan = await json<Plan>('erase', `username:${ZYX.login}`)
    expect(plan).toMatchObject({ applied: false, documents: 1, attachments: 1, erasedBefore: null })
    expect(plan.pseudonyms).toEqual(expect.arrayContaining(erasable.pseudonyms))
    expect(plan.letters).toHaveLength(2)
    const rows = Object.fromEntries(plan.tables.map(({ table, own, named }) => [table, [own, named]]))
    expect(rows).toMatchObject({
      enrolments: [1, 0],
      persons: [1, 0],
      'identity.people': [1, 0],
      scores: [1, 0],
      survey_responses: [1, 0],
      survey_answers: [2, 0],
      events: [expect.any(Number), 3],
      originals: [expect.any(Number), expect.any(Number)],
    })
    expect(await json<Plan>('erase', `email:${ZYX.email}`)).toEqual(plan)
  },
  MINUTE_MS,
)

test(
  'erased while homeroom all runs: no file has the person, the others have the figures they had',
  async () => {
    const done = await json<{ id: string; counts: Record<string, number>; filesLeft: string[]; log: object }>(
      'erase',
      `username:${ZYX.login}`,
      '--apply',
      '--wait',
    )
    expect(done).toMatchObject({
      applied: true,
      filesLeft: [],
      counts: { documents: 1, attachments: 1, scores: 1, 'dead letters': 2 },
    })
    expect(await inFiles()).toEqual([])
    expect(await filesWith(erasable.homeroom.config.data, erasable.pseudonyms)).toEqual([])
    await erasable.homeroom.caughtUp()
    await inWarehouse(async warehouse => {
      expect(await figures(warehouse)).toEqual(others)
      expect(new Set(await enrolled(warehouse))).toEqual(new Set([4]))
    })
    const list = await json<{ genuine: boolean; doneAt: string }>('erase', '--list')
    expect(list).toMatchObject({ id: done.id, genuine: true, doneAt: expect.any(String) })
  },
  3 * MINUTE_MS,
)

test('statements of others can still be read, with nobody in the place of the person; the own ones cannot', async () => {
  for (const id of named) {
    const answer = await erasable.ask(`/xapi/statements?statementId=${id}`)
    const text = await answer.text()
    expect([answer.status, /zyxa/i.test(text), text.includes('homeroom.example/erased')]).toEqual([200, false, true])
  }
  for (const id of own) expect((await erasable.ask(`/xapi/statements?statementId=${id}`)).status).toBe(404)
})

test(
  'what comes later about the person is answered, and nothing of it is kept',
  async () => {
    const again = [
      aLesson(zyxByMail, '2026-03-11'),
      aLesson(zyxByAccount, '2026-03-12'),
      aLesson(ann, '2026-03-11', { context: { instructor: zyxByMail } }),
    ]
    expect((await erasable.post('/xapi/statements', again)).status).toBe(200)
    expect((await erasable.post(stateOf(zyxByMail), { page: 8 })).status).toBe(403)
    await erasable.load()
    await erasable.homeroom.caughtUp()
    await inWarehouse(async warehouse => {
      const rows = await warehouse.query<{ n: number }>(
        `select toFloat64(count()) as n from events where hex(person_id) in {ids:Array(String)}
       union all select toFloat64(count()) from persons where hex(person_id) in {ids:Array(String)}
       union all select toFloat64(count()) from scores where hex(student_id) in {ids:Array(String)}
       union all select toFloat64(count()) from person_of where hex(person_id) in {ids:Array(String)}`,
        { ids: erasable.pseudonyms.map(id => id.toUpperCase()) },
      )
      expect(rows.map(({ n }) => n)).toEqual([0, 0, 0, 0])
    })
    // The sealed letter of the bad row in the file is a new one; all else that came again stands nowhere in clear.
    expect(await inFiles()).toEqual([])
  },
  2 * MINUTE_MS,
)

test(
  'erasing the person once more takes what has gathered, and says so',
  async () => {
    const done = await json<{ applied: boolean }>('erase', `username:${ZYX.login}`, '--apply', '--wait')
    expect(done.applied).toBe(true)
    expect(await filesWith(erasable.homeroom.config.data, [...ZYX_TEXTS, ...erasable.pseudonyms])).toEqual([])
    const nothing = await erasable.homeroom.command('erase', `username:${ZYX.login}`, '--apply')
    expect(nothing).toMatch(/Nothing is kept of that identifier\. It was erased on \d{4}-/)
  },
  3 * MINUTE_MS,
)

test(
  'a replay from the log brings nothing back and gives the same figures',
  async () => {
    const before = await inWarehouse(figures)
    await erasable.homeroom.stop()
    await erasable.homeroom.command('replay', '--json')
    expect(await filesWith(erasable.homeroom.config.data, [...ZYX_TEXTS, ...erasable.pseudonyms])).toEqual([])
    await inWarehouse(async warehouse => {
      expect(await figures(warehouse)).toEqual(before)
      const [index] = await warehouse.query<{ n: number }>('select toFloat64(count()) as n from record_index final')
      expect(index!.n).toBeGreaterThan(10)
    })
  },
  2 * MINUTE_MS,
)
