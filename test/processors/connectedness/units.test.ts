import { beforeEach, expect, test, vi } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { touchBands } from '../../../processors/connectedness/touched-bands.ts'
import { pendingStages } from '../../../processors/touched-stages.ts'
import type { RosterEntry } from '../../../schemas/roster.ts'
import { aRecord, aSchool, aStudent, enrol, person, store } from '../../helpers/records.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'
import { anAdviser, connect, connectednessOf, figureOf, MINUTE_MS, together } from './a-school-of-contacts.ts'

vi.setConfig({ testTimeout: 4 * MINUTE_MS })
const emptied = emptiedWarehouse()
const WEEK = '2026-02-16'

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

const on = (day: string): string => `${day}T10:00:00-05:00`
const names = (n: number) => Array.from({ length: n }, (_, i) => `s${i + 1}`)
/** A tie: together on two days. */
const tied = (pair: string[], rest = {}) =>
  ['2026-02-16', '2026-02-18'].map(day => together(on(day), pair, { durationMs: 30 * MINUTE_MS, ...rest }))

test('the ties of the toy graph within an advisory have its density, components and clustering', async () => {
  await enrol(
    warehouse,
    ...aSchool('S1', { A: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], B: ['x', 'y'] }),
    ...anAdviser('ms-lee', 'S1', 'A'),
  )
  const edges = ['ab', 'ac', 'bc', 'de', 'ef', 'fd', 'cd']
  // ties that lead out of the advisory are none of its own
  await store(
    warehouse,
    [...edges, 'gx'].flatMap(edge => tied(edge.split(''))),
  )
  await connect(warehouse)
  const [base] = await warehouse.query(
    "select * except (computed, deleted, week) from home_bases final where class_id = 'A'",
  )
  expect(base).toEqual({
    class_id: 'A',
    school_id: 'S1',
    members: 7,
    ties: 7,
    density: expect.closeTo(1 / 3, 9),
    components: 2,
    largest: 6,
    alone: 1,
    clustering: expect.closeTo(2 / 3, 9),
    transitivity: expect.closeTo(0.6, 9),
    // nobody logs meetings here
    tied_share: null,
    status: 'ok',
    reason: '',
  })
  expect(await figureOf(warehouse, 'home_base_density', 'A', WEEK)).toMatchObject({ value: 7 / 21, n: 7 })
  // seven ties of 21 pairs, and none of one
  expect(await figureOf(warehouse, 'home_base_density', 'S1', WEEK)).toMatchObject({ value: 7 / 22, n: 9 })
})

test('messages and requests go both ways as often as between these: one pair of seven, .25 of the edges, from 30 on', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(60) }), ...anAdviser('ms-lee', 'S1', 'A'))
  const ask = (from: string, to: string) =>
    aRecord({ at: on('2026-02-17'), kind: 'asked-help', actor: from, others: [to] })
  const message = (from: string, to: string) =>
    aRecord({ at: on('2026-02-18'), kind: 'messaged', actor: from, others: [to] })
  // 28 pairs of students, four of them with both directions
  const pairs = Array.from({ length: 28 }, (_, i) => [`s${2 * i + 1}`, `s${2 * i + 2}`] as const)
  await store(warehouse, [
    ...pairs.map(([a, b]) => ask(a, b)),
    ...pairs.slice(0, 4).map(([a, b]) => message(b, a)),
    message('ms-lee', 's1'),
    ask('s1', 'ms-lee'),
  ])
  await connect(warehouse)
  const found = await figureOf(warehouse, 'peer_reciprocity', 'S1', WEEK)
  // 8 of 32 edges; Wilson for 4 of 28 pairs is [.0570, .3149], of edges 2p / (1 + p)
  expect(found).toMatchObject({ value: 0.25, n: 56, n_eff: 28, enrolled: 60, status: 'ok' })
  expect(found!.lo95).toBeCloseTo((2 * 0.057) / 1.057, 3)
  expect(found!.hi95).toBeCloseTo((2 * 0.3149) / 1.3149, 3)
  expect(await figureOf(warehouse, 'adult_reciprocity', 'S1', WEEK)).toMatchObject({
    value: null,
    n: 1,
    status: 'insufficient',
    reason: 'fewer than 30 logged messages and requests for help',
  })
})

test('mixing goes by chosen ties among groups of ten or more; a smaller group and assigned ties stand apart', async () => {
  const side = (i: number): string => (i < 15 ? 'left' : i < 30 ? 'right' : 'small')
  await enrol(
    warehouse,
    ...aSchool('S1', { A: names(36) }),
    ...names(36).map(
      (name, i) =>
        ({
          ...aStudent(name),
          storedAt: '2025-08-02T12:00:00.000Z',
          groups: { side: side(i), ...(i % 2 && { even: 'true' }) },
        }) as RosterEntry,
    ),
  )
  const at = (i: number): string => `s${i + 1}`
  const ring = (from: number, n: number, step: number): string[][] =>
    Array.from({ length: n }, (_, i) => [at(from + i), at(from + ((i + step) % n))])
  await store(warehouse, [
    // 15 ties on either side, 10 across, one of the small group
    ...[...ring(0, 15, 1), ...ring(15, 15, 1)].flatMap(pair => tied(pair)),
    ...Array.from({ length: 10 }, (_, i) => tied([at(i), at(15 + i)])).flat(),
    ...tied([at(0), at(30)]),
    ...ring(0, 15, 2).flatMap(pair => tied(pair, { choice: 'assigned' })),
  ])
  await connect(warehouse)
  const rows = await warehouse.query<{ ties: string; [column: string]: unknown }>(
    `select attribute, ties, groups, group_n, n, edges, ei, ei_expected, assortativity, se, coleman, status, reason from mixing final
     where week = {week:Date} and unit_id = 'S1' and attribute = 'side' order by ties`,
    { week: WEEK },
  )
  const [all, assigned, chosen] = rows
  // 30 within, 10 between: e = (.375, .125; .125, .375), r = (.75 - .5) / (1 - .5)
  expect(chosen).toMatchObject({
    ties: 'chosen',
    groups: ['left', 'right'],
    group_n: [15, 15],
    n: 30,
    edges: 40,
    ei: -0.5,
    ei_expected: expect.closeTo(1 - (2 * 420) / 870, 9),
    assortativity: expect.closeTo(0.5, 9),
    coleman: [1, 2].map(() => expect.closeTo((0.75 - 14 / 29) / (15 / 29), 9)),
    status: 'ok',
  })
  expect(all).toMatchObject({ ties: 'all', edges: 55 })
  expect(assigned).toMatchObject({
    ties: 'assigned',
    edges: 15,
    ei: null,
    status: 'insufficient',
    reason: 'fewer than 30 ties',
  })
  const [even] = await warehouse.query<{ groups: string[]; group_n: number[] }>(
    "select groups, group_n from mixing final where unit_id = 'S1' and attribute = 'even' and ties = 'all'",
  )
  expect(even).toEqual({ groups: ['false', 'true'], group_n: [18, 18] })
  expect(await figureOf(warehouse, 'band_assortativity', 'S1', WEEK)).toMatchObject({
    value: null,
    status: 'insufficient',
    reason: 'no group has 10 students',
  })
})

test('bands are quarters of a grade by the latest scores before the end of the week, and new scores wake the weeks after them', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: names(24) }))
  await store(warehouse, [
    aRecord({ at: on('2026-02-17'), actor: 's1' }),
    aRecord({ at: on('2025-09-17'), actor: 's1' }),
  ])
  const score = (name: string, window: string, begin: string, points: number) => ({
    test: 'map',
    subject: 'math',
    window,
    student_id: Buffer.from(person(name), 'hex').toString('latin1'),
    window_begin: begin,
    grade: '09',
    score: points,
  })
  const insert = async (rows: ReturnType<typeof score>[]) => {
    for (const row of rows) {
      await warehouse.command(
        `insert into window_scores (test, subject, window, student_id, window_begin, grade, score, computed)
         select {test:String}, {subject:String}, {window:String}, unhex({id:String}), {begin:Date}, {grade:String}, {score:Float64}, 1`,
        { ...row, id: Buffer.from(row.student_id, 'latin1').toString('hex'), begin: row.window_begin },
      )
    }
  }
  // in winter the order is turned round; spring comes after the week
  await insert(names(24).flatMap((name, i) => [
    score(name, 'fall', '2025-09-08', i), score(name, 'winter', '2026-01-12', 100 - i), score(name, 'spring', '2026-05-18', i),
  ])) // prettier-ignore
  await connect(warehouse)
  const bands = await Promise.all(
    ['s1', 's6', 's7', 's24'].map(async name => (await connectednessOf(warehouse, name, WEEK))['band']),
  )
  expect(bands).toEqual([4, 4, 3, 1])
  expect((await connectednessOf(warehouse, 's1', '2025-09-15'))['band']).toBe(1)
  await touchBands(warehouse, {
    cohorts: [{ test: 'map', subject: 'math', window: 'winter' }],
    everything: false,
    touches: [],
  })
  expect(((await pendingStages(warehouse)).get('connectedness')?.weeks ?? []).slice(-1)).toEqual([WEEK])
})
