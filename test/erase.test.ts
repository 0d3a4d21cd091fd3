import { afterAll, beforeAll, expect, test } from 'vitest'
import { isGenuine, isNothing, planErasure, type ErasePlan } from '../infra/commands/erase-person.ts'
import { openRuntime, prepare, type Runtime } from '../infra/commands/runtime.ts'
import { openResources } from '../ingest/lrs/store.ts'
import { storedErasures } from '../processors/store-erasures.ts'
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
let runtime: Runtime
let named: string[]
let own: string[]
beforeAll(async () => {
  erasable = await anErasableHomeroom()
  ;({ named, own } = await sendEverything(erasable))
  await erasable.homeroom.caughtUp(2 * MINUTE_MS)
  runtime = await openRuntime(erasable.homeroom.config)
  await prepare(runtime)
}, 5 * MINUTE_MS)
afterAll(async () => {
  await runtime?.close()
  await erasable.remove()
}, MINUTE_MS)

type Row = Record<string, unknown>

const figures = (): Promise<Row[]> =>
  runtime.warehouse.query<Row>(
    'select * except (computed, student_id, newest), hex(student_id) as s from student_week final order by week, s',
  )
const enrolled = async (): Promise<number[]> =>
  (
    await runtime.warehouse.query<{ n: number }>(
      "select enrolled as n from indicators final where unit_type = 'school' and slice = '' order by week, indicator",
    )
  ).map(({ n }) => n)
const inFiles = async (more: readonly string[] = []): Promise<string[]> =>
  (await filesWith(erasable.homeroom.config.data, [...ZYX_TEXTS, ...more])).filter(
    // Keys of documents and attachments name their owners by pseudonym, and stay in freed pages until they are written over.
    line => !/^xapi\/data\.mdb: [0-9a-f]{64} as utf8$/.test(line),
  )
async function planOf(...typed: string[]): Promise<ErasePlan> {
  const resources = openResources(runtime.config, runtime.secrets)
  try {
    return await planErasure({ ...runtime, resources }, typed)
  } finally {
    await resources.close()
  }
}
type Done = { id: string; applied: boolean; counts: Record<string, number>; filesLeft: string[] }
const erase = async (): Promise<Done> =>
  JSON.parse(await erasable.homeroom.command('erase', `username:${ZYX.login}`, '--apply', '--json')) as Done

let others: Row[]

test(
  'before, the files hold the person: in the log and in the identity tables',
  { timeout: 4 * MINUTE_MS },
  async () => {
    const found = await inFiles()
    expect(found.some(line => line.startsWith('log/') && line.includes('zyxamail'))).toBe(true)
    expect(found.some(line => line.startsWith('engine/') && line.includes('Zyxagiven'))).toBe(true)
    // Whatever else was told is sealed: its words stand nowhere.
    expect(found.filter(line => line.includes('zyxawords'))).toEqual([])
    const all = await figures()
    others = all.filter(({ s }) => !erasable.pseudonyms.includes(String(s).toLowerCase()))
    expect(all.length).toBeGreaterThan(others.length)
    expect(new Set(await enrolled())).toEqual(new Set([5]))
  },
)

test(
  'what would go is told first, by table and store, whichever identifier is named',
  { timeout: 4 * MINUTE_MS },
  async () => {
    const plan = await planOf(`username:${ZYX.login}`)
    expect(plan).toMatchObject({ documents: 1, attachments: 1, before: null })
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
      events: [expect.any(Number), 4],
      originals: [expect.any(Number), expect.any(Number)],
    })
    // Rows are counted as stored: a merge may come between two looks.
    const tablesOf = (of: typeof plan) => ({ ...of, tables: of.tables.map(({ table }) => table) })
    expect(tablesOf(await planOf(`email:${ZYX.email}`))).toEqual(tablesOf(plan))
    expect(isNothing(await planOf('username:nobody'))).toBe(true)
    await expect(planOf(`email:${ZYX.email}`, 'username:ann')).rejects.toMatchObject({ code: 'QUERY_INVALID' })
  },
)

test(
  'kill -9 in the middle: nothing comes back meanwhile, and --resume finishes it',
  { timeout: 5 * MINUTE_MS },
  async () => {
    await erasable.killedErase(`username:${ZYX.login}`, /^Documents/m)
    expect(await storedErasures(runtime.warehouse)).toMatchObject([{ doneAt: null }])
    const done = JSON.parse(await erasable.homeroom.command('erase', '--resume', '--json')) as Done
    expect(done).toMatchObject({
      applied: true,
      filesLeft: [],
      counts: { documents: 1, attachments: 1, scores: 1, 'dead letters': 2 },
    })
    const [stored] = await storedErasures(runtime.warehouse)
    expect(stored).toMatchObject({ id: done.id, doneAt: expect.any(String) })
    expect([isGenuine(stored!, runtime.secrets), isGenuine({ ...stored!, counts: {} }, runtime.secrets)]).toEqual([
      true,
      false,
    ])
  },
)

test(
  'while homeroom all runs: no file has the person, the others have the figures they had',
  { timeout: 5 * MINUTE_MS },
  async () => {
    expect(await inFiles(erasable.pseudonyms)).toEqual([])
    await erasable.homeroom.caughtUp()
    // What others did with the person as its object keeps its day; the hash of the object is another one now.
    expect(withoutObjects(await figures())).toEqual(withoutObjects(others))
    expect(new Set(await enrolled())).toEqual(new Set([4]))
    expect(isNothing(await planOf(`username:${ZYX.login}`))).toBe(true)
  },
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
  { timeout: 5 * MINUTE_MS },
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
    expect((await planOf(`username:${ZYX.login}`)).tables).toEqual([])
    expect(await inFiles()).toEqual([])
  },
)

test('erasing the person once more takes what has gathered since', { timeout: 5 * MINUTE_MS }, async () => {
  const before = await storedErasures(runtime.warehouse)
  const again = await planOf(`sourcedId:${ZYX.sourcedId}`, `username:${ZYX.login}`)
  expect(again.before).toEqual(before[0])
  expect((await inFiles(erasable.pseudonyms)).filter(line => line.startsWith('log/'))).not.toEqual([])
  expect((await erase()).id).toBe(before[0]!.id)
  expect(await inFiles(erasable.pseudonyms)).toEqual([])
})

test('a replay from the log brings nothing back and gives the same figures', { timeout: 5 * MINUTE_MS }, async () => {
  await erasable.homeroom.caughtUp()
  const before = await figures()
  await erasable.homeroom.stop()
  await runtime.close()
  await erasable.homeroom.command('replay', '--json')
  expect(await inFiles(erasable.pseudonyms)).toEqual([])
  runtime = await openRuntime(erasable.homeroom.config)
  expect(await figures()).toEqual(before)
  const [index] = await runtime.warehouse.query<{ n: number }>('select toFloat64(count()) as n from record_index final')
  expect(index!.n).toBeGreaterThan(10)
})

const withoutObjects = (rows: readonly Row[]): unknown[] =>
  rows.map(row => ({
    ...row,
    completions: (row.completions as { day: string; subject: string }[])
      .map(({ day, subject }) => `${day} ${subject}`)
      .toSorted(),
  }))
