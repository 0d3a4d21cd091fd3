import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import { DEFAULTS } from '../../../processors/growth/mastery.ts'
import { MasteryRecompute } from '../../../processors/growth/recompute-mastery.ts'
import { trace } from '../../../processors/statistics/knowledge-tracing.ts'
import { touchRoster } from '../../../processors/touched.ts'
import type { LearningRecord } from '../../../schemas/record.ts'
import { aRecord, aSchool, anAlias, enrol, person, recompute, store, type RecordSketch } from '../../helpers/records.ts'
import { uniforms } from '../../helpers/score-panel.ts'
import { emptiedWarehouse } from '../../helpers/emptied-warehouse.ts'

const ADD = 'https://skills.example.org/add'
const SUBTRACT = 'https://skills.example.org/subtract'
const [FIRST, SECOND] = ['2026-03-02', '2026-03-09']

const emptied = emptiedWarehouse()
const emptiedAgain = emptiedWarehouse()
let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await emptied()
})

/** An answer at ten, New York. Every one is to an item of its own. */
let items = 0
const anAnswer = (actor: string, day: string, success: boolean, rest: RecordSketch = {}): LearningRecord =>
  aRecord({
    actor,
    at: `${day}T10:00:00-05:00`,
    object: `https://lms.example.org/item/${items++}`,
    skills: [ADD],
    success,
    ...rest,
  })

async function computed(of: Warehouse = warehouse): Promise<void> {
  await recompute(of)
  await new MasteryRecompute(of, { district: 'demo' }).run()
}

const known = (of: Warehouse = warehouse) =>
  of.query<{ student: string; skill: string; value: number; n: number }>(
    `select lower(hex(student_id)) as student, skill, value, toFloat64(responses) as n, mastered, last_at from student_mastery final
     order by student, skill`,
  )
const gained = (of: Warehouse = warehouse) =>
  of.query<{ week: string; student: string; skill: string; gained: number }>(
    `select toString(week) as week, lower(hex(student_id)) as student, skill, gained, responses from student_skill_weeks final
     order by week, student, skill`,
  )
const figures = (of: Warehouse = warehouse) =>
  of.query<{ unit: string; week: string; value: number | null; n: number; status: string }>(
    `select concat(unit_type, ' ', unit_id, ' ', slice) as unit, toString(week) as week, value, toFloat64(n) as n, n_eff, status,
       reason, enrolled, members
     from indicators final where indicator = 'skills_gained' order by week, unit`,
  )
/** After each answer, by the default parameters. */
const tracing = (answers: readonly number[]): Float64Array =>
  trace({ correct: Uint8Array.from(answers), begin: Uint32Array.of(0, answers.length) }, () => DEFAULTS)

test('what a student knows after every answer, and what the weeks added to it', async () => {
  await store(warehouse, [
    anAnswer('ada', '2026-03-02', true),
    anAnswer('ada', '2026-03-04', false),
    anAnswer('ada', '2026-03-11', true),
    anAnswer('ada', '2026-03-11', true, { skills: [SUBTRACT] }),
  ])
  await computed()
  const after = tracing([1, 0, 1])
  expect(await known()).toMatchObject([
    { student: person('ada'), skill: ADD, value: after[2], n: 3, mastered: false, last_at: '2026-03-11 15:00:00.000' },
    { skill: SUBTRACT, value: tracing([1])[0], n: 1 },
  ])
  expect((await gained()).map(({ week, gained }) => [week, gained])).toEqual([
    [FIRST, after[1]! - DEFAULTS.initial],
    [SECOND, after[2]! - after[1]!],
    [SECOND, tracing([1])[0]! - DEFAULTS.initial],
  ])
})

test('a unit has the mean over its students who answered; a student’s skills are added up', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'], B: ['cem', 'dia'] }))
  await store(warehouse, [
    anAnswer('ada', '2026-03-02', true),
    anAnswer('ada', '2026-03-02', true, { skills: [SUBTRACT] }),
    anAnswer('ben', '2026-03-03', true),
    anAnswer('cem', '2026-03-04', false),
    // Works, but answers nothing that names a skill.
    aRecord({ actor: 'dia', at: '2026-03-04T10:00:00-05:00' }),
  ])
  await computed()
  const right = tracing([1])[0]! - DEFAULTS.initial
  const wrong = tracing([0])[0]! - DEFAULTS.initial
  const found = new Map((await figures()).map(row => [row.unit, row]))
  expect([...found.keys()]).toEqual([
    'advisory A ',
    'advisory B ',
    'district demo ',
    'district demo grade=09',
    'school S1 ',
    'school S1 grade=09',
  ])
  expect(found.get('advisory A ')).toMatchObject({ n: 2, value: expect.closeTo((3 * right) / 2, 8), enrolled: 2 })
  expect(found.get('advisory B ')).toMatchObject({ n: 1, value: null, status: 'insufficient', reason: 'one student' })
  expect(found.get('school S1 ')).toMatchObject({
    n: 3,
    value: expect.closeTo((3 * right + wrong) / 3, 8),
    enrolled: 4,
  })
})

test('a late answer changes its week, the weeks after it and their figures', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'] }))
  const late = anAnswer('ada', '2026-03-03', false)
  await store(warehouse, [anAnswer('ada', '2026-03-10', true), anAnswer('ben', '2026-03-10', true)])
  await computed()
  const before = await figures()
  await store(warehouse, [late])
  await computed()
  const after = tracing([0, 1])
  const ofAda = (await gained()).filter(({ student }) => student === person('ada'))
  expect(ofAda.map(row => row.gained)).toEqual([after[0]! - DEFAULTS.initial, after[1]! - after[0]!])
  const second = (rows: typeof before) => rows.find(({ unit, week }) => unit === 'school S1 ' && week === SECOND)!.value
  expect(second(await figures())).not.toBe(second(before))
})

test('a voided answer leaves nothing behind', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'] }))
  const answers = [anAnswer('ada', '2026-03-02', true), anAnswer('ben', '2026-03-02', true)]
  await store(warehouse, answers)
  await computed()
  const voiding = answers.map(({ id }) =>
    aRecord({ at: '2026-03-05T10:00:00-05:00', kind: 'voided', voids: id, object: id }),
  )
  await store(warehouse, voiding)
  await computed()
  expect([await known(), await gained()]).toEqual([[], []])
  expect((await figures()).filter(({ n, value }) => n > 0 || value !== null)).toEqual([])
})

test('answers under an identifier go over to the person when it becomes known whose it is', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'] }))
  await store(warehouse, [anAnswer('ada', '2026-03-02', false), anAnswer('ada at the tutor', '2026-03-03', true)])
  await computed()
  expect((await known()).map(({ n }) => n)).toEqual([1, 1])
  await enrol(warehouse, anAlias('ada at the tutor', 'ada'))
  await computed()
  expect(await known()).toMatchObject([{ student: person('ada'), value: tracing([0, 1])[1], n: 2 }])
})

test('a changed roster changes the figures of weeks with answers, and of no others', async () => {
  await enrol(warehouse, ...aSchool('S1', { A: ['ada'] }))
  await store(warehouse, [
    anAnswer('ada', '2026-03-02', true),
    anAnswer('ben', '2026-03-02', true),
    aRecord({ at: '2026-03-11T10:00:00-05:00' }),
  ])
  await computed()
  const school = async () => (await figures()).filter(({ unit }) => unit === 'school S1 ')
  expect(await school()).toMatchObject([{ week: FIRST, n: 1 }])
  await enrol(warehouse, ...aSchool('S1', { A: ['ada', 'ben'] }))
  await touchRoster(warehouse)
  await computed()
  expect(await school()).toMatchObject([{ week: FIRST, n: 2, status: 'ok' }])
})

test('parameters are fitted to the weeks before the newest one, and everybody is traced by them', async () => {
  const uniform = uniforms(5)
  const planted = { initial: 0.4, learn: 0.2, guess: 0.15, slip: 0.05 }
  const records = Array.from({ length: 250 }, (_, at) => {
    let knows = uniform() < planted.initial
    return Array.from({ length: 6 }, (_, answer) => {
      const right = uniform() < (knows ? 1 - planted.slip : planted.guess)
      knows ||= uniform() < planted.learn
      return anAnswer(`s${at}`, `2026-03-0${2 + (answer % 5)}`, right, {
        at: `2026-03-0${2 + Math.floor(answer / 2)}T1${answer}:00:00-05:00`,
      })
    })
  }).flat()
  await store(warehouse, records)
  await computed()
  const release = async () =>
    (
      await warehouse.query<{ up_to: string; origin: string; initial: number; students: number; reason: string }>(
        `select toString(up_to) as up_to, origin, initial, toFloat64(students) as students, reason from skill_parameters final`,
      )
    )[0]!
  expect(await release()).toMatchObject({ up_to: FIRST, origin: 'default', students: 0 })
  const before = (await known()).find(({ student }) => student === person('s7'))!
  await store(warehouse, [anAnswer('s0', '2026-03-09', true)])
  await computed()
  const fitted = await release()
  expect(fitted).toMatchObject({ up_to: SECOND, origin: 'fitted', students: 250, reason: '' })
  expect(Math.abs(fitted.initial - planted.initial)).toBeLessThan(0.1)
  const after = (await known()).find(({ student }) => student === person('s7'))!
  expect(after.value).not.toBe(before.value)
  expect(after.n).toBe(before.n)
  // Of the running week they are not.
  await store(warehouse, [anAnswer('s1', '2026-03-10', false)])
  await computed()
  expect(await release()).toEqual(fitted)
})

test('whatever order answers arrive in and however they are split, every row is the same to the bit', async () => {
  const roster = aSchool('S1', { A: ['ada', 'ben', 'cem'] })
  const records = Array.from({ length: 24 }, (_, at) =>
    anAnswer(['ada', 'ben', 'cem'][at % 3]!, `2026-03-${String(2 + at).padStart(2, '0')}`, at % 5 !== 0, {
      skills: at % 4 === 0 ? [ADD, SUBTRACT] : [ADD],
    }),
  )
  const state = async (of: Warehouse) => [
    await known(of),
    await gained(of),
    await figures(of),
    await of.query('select * except (computed) from skill_parameters final order by all'),
  ]
  await enrol(warehouse, ...roster)
  await store(warehouse, records)
  await computed()
  const expected = await state(warehouse)
  expect(expected.map(rows => rows.length > 0)).toEqual([true, true, true, true])
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(records, { minLength: 24 }), fc.nat(23), async (order, cut) => {
      const other = await emptiedAgain()
      await enrol(other, ...roster)
      for (const part of [order.slice(0, cut), order.slice(cut), order.slice(0, 3)]) {
        if (part.length > 0) await store(other, part)
        await computed(other)
      }
      expect(await state(other)).toEqual(expected)
    }),
    { numRuns: 1, seed: 7 },
  )
})
