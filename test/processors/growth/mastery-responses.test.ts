import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { mastery, traced, DEFAULTS, type SkillParameters } from '../../../processors/growth/mastery.ts'
import { masteryResponses } from '../../../processors/growth/mastery-responses.ts'
import type { Warehouse } from '../../../infra/warehouse/warehouse.ts'
import type { LearningRecord } from '../../../schemas/record.ts'
import { aRecord, anAlias, aStudent, enrol, person, store, type RecordSketch } from '../../helpers/records.ts'
import { freshWarehouse } from '../../helpers/warehouse.ts'

let warehouse: Warehouse
beforeEach(async () => {
  warehouse = await freshWarehouse()
})

const FROM = '2026-02-23'
const ADD = 'https://skills.example.org/add'
const SUBTRACT = 'https://skills.example.org/subtract'

/** An answer at a time of day on 2 March 2026, New York. */
const anAnswer = (time: string, rest: RecordSketch = {}): LearningRecord =>
  aRecord({ at: `2026-03-02T${time}:00-05:00`, skills: [ADD], success: true, ...rest })

/** `ada add 1`: who, which skill, right or wrong, in order. */
async function shown(of: { students?: string[]; skills?: string[] } = {}): Promise<string[]> {
  const names = new Map(['ada', 'ben'].map(name => [person(name), name]))
  const asked = { from: FROM, ...of, ...(of.students && { students: of.students.map(person) }) }
  const { responses, students, skills } = await masteryResponses(warehouse, asked)
  return Array.from(responses.student, (student, row) => {
    const skill = skills[responses.skill[row]!]!.split('/').at(-1)
    return `${names.get(students[student]!) ?? '?'} ${skill} ${responses.correct[row]}`
  })
}

test('the first attempt on an item and local day counts, the next day it counts again', async () => {
  await store(warehouse, [
    anAnswer('09:05', { success: true }),
    anAnswer('09:00', { success: false }),
    anAnswer('23:59', { success: true }),
    aRecord({ at: '2026-03-03T00:01:00-05:00', skills: [ADD], success: true }),
    anAnswer('09:10', { object: 'https://lms.example.org/item/2' }),
  ])
  expect(await shown()).toEqual(['ada add 0', 'ada add 1', 'ada add 1'])
})

test('right is success, without it a scaled score of .8; neither is no attempt', async () => {
  const item = (at: number, rest: RecordSketch) =>
    anAnswer(`09:0${at}`, { object: `https://lms.example.org/item/${at}`, success: undefined, ...rest })
  await store(warehouse, [
    item(1, { score: 0.8 }),
    item(2, { score: 0.79 }),
    item(3, { success: false, score: 1 }),
    item(4, {}),
    anAnswer('09:05', { object: 'https://lms.example.org/item/4', success: false }),
    item(6, { skills: [], success: true }),
    item(7, { kind: 'viewed', success: true }),
  ])
  expect(await shown()).toEqual(['ada add 1', 'ada add 0', 'ada add 0', 'ada add 0'])
})

test('help asked for on the item before the attempt makes it wrong, help after it or elsewhere does not', async () => {
  const [one, two, three] = [1, 2, 3].map(at => `https://lms.example.org/item/${at}`)
  const help = (time: string, object: string | undefined) => anAnswer(time, { kind: 'asked-help', object })
  await store(warehouse, [
    help('09:00', one),
    anAnswer('09:01', { object: one }),
    anAnswer('09:02', { object: two }),
    help('09:03', two),
    anAnswer('09:04', { object: three }),
  ])
  expect(await shown()).toEqual(['ada add 0', 'ada add 1', 'ada add 1'])
})

test('an item of two skills is a response to each of them', async () => {
  await store(warehouse, [anAnswer('09:00', { skills: [SUBTRACT, ADD, ADD] })])
  expect(await shown()).toEqual(['ada add 1', 'ada subtract 1'])
  expect(await shown({ skills: [SUBTRACT] })).toEqual(['ada subtract 1'])
})

test('a voided attempt never was: the next one of the day counts', async () => {
  const wrong = anAnswer('09:00', { success: false })
  await store(warehouse, [
    wrong,
    anAnswer('09:30'),
    anAnswer('10:00', { kind: 'voided', voids: wrong.id, object: wrong.id, skills: undefined }),
  ])
  expect(await shown()).toEqual(['ada add 1'])
})

test('a student with two identifiers has one list, and can be asked for alone', async () => {
  await enrol(warehouse, aStudent('ada'), aStudent('ben'), anAlias('ada at the tutor', 'ada'))
  await store(warehouse, [
    anAnswer('09:00', { success: false }),
    anAnswer('09:30', { actor: 'ada at the tutor' }),
    anAnswer('09:40', { actor: 'ben' }),
  ])
  const all = await shown()
  expect(all.toSorted()).toEqual(['ada add 0', 'ben add 1'])
  expect(await shown({ students: ['ada'] })).toEqual(['ada add 0'])
  expect(await shown({ students: ['ben'] })).toEqual(['ben add 1'])
  expect(await shown({ students: ['nobody'] })).toEqual([])
  // The identifier belongs to the student: asked for as such it is nobody
  expect(await shown({ students: ['ada at the tutor'] })).toEqual([])
})

test('whatever order records arrive in, and however often, mastery is the same', async () => {
  const parameters = (skills: number): SkillParameters[] =>
    Array.from({ length: skills }, () => ({ ...DEFAULTS, origin: 'default', students: 0, responses: 0, reason: '' }))
  const state = async (of: Warehouse) => {
    const { responses, students, skills } = await masteryResponses(of, { from: FROM })
    const rows = mastery(traced(responses, parameters(skills.length)), Date.parse('2026-03-10T00:00:00Z'))
    return rows.map(row => ({ ...row, student: students[row.student], skill: skills[row.skill] }))
  }
  const records = Array.from({ length: 40 }, (_, at) =>
    anAnswer(`${10 + (at % 8)}:${10 + at}`, {
      actor: ['ada', 'ben'][at % 2]!,
      object: `https://lms.example.org/item/${at % 7}`,
      skills: at % 3 === 0 ? [ADD, SUBTRACT] : [ADD],
      success: at % 5 !== 0,
    }),
  )
  await store(warehouse, records)
  const expected = await state(warehouse)
  expect(expected).toHaveLength(4)
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(records, { minLength: 40 }), fc.nat(39), async (order, cut) => {
      const other = await freshWarehouse()
      await store(other, order.slice(0, cut))
      await store(other, order.slice(Math.floor(cut / 2)))
      expect(await state(other)).toEqual(expected)
    }),
    { numRuns: 3, seed: 20261122 },
  )
})
