import { expect, test } from 'vitest'
import { NOBODY_ERASED } from '../../infra/erased.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { entryWithoutErased } from '../../processors/erased-entries.ts'
import { localTime } from '../../processors/local-time.ts'
import { goalOf, storeConversations, takeConversationsBack } from '../../processors/store-conversations.ts'
import { storePlans } from '../../processors/store-plans.ts'
import { Conversation } from '../../schemas/conversation.ts'
import { ERASED } from '../../schemas/erasure.ts'
import { aConversation } from '../helpers/conversations.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { aGoal, placed } from '../helpers/plans.ts'
import { aSchool, anAlias, enrol, person, recompute, ZONE } from '../helpers/records.ts'

const empty = emptiedWarehouse()
const LOCAL = localTime(ZONE)
const WEEK = '2026-03-02'

const store = (warehouse: Warehouse, ...said: Conversation[]): Promise<void> =>
  storeConversations(warehouse, said, LOCAL)
const takeBack = (warehouse: Warehouse, { id, adviser, student }: Conversation): Promise<void> =>
  takeConversationsBack(warehouse, [
    { type: 'conversation-taken-back', id, adviser, student, storedAt: '2026-03-04T15:00:00.000Z' },
  ])

const conversations = (warehouse: Warehouse, columns: string): Promise<object[]> =>
  warehouse.query(`select ${columns} from current_conversations order by at, conversation_id`)
const tags = (warehouse: Warehouse): Promise<object[]> =>
  warehouse.query('select kind, tag from conversation_tags order by kind, tag')
const goals = (warehouse: Warehouse): Promise<object[]> =>
  warehouse.query(
    'select toString(goal_id) as id, status, sealed_text as words, closed_day from current_goals order by id',
  )

async function contactOf(warehouse: Warehouse, name: string): Promise<object[]> {
  await recompute(warehouse)
  return warehouse.query(
    `select contact_days, toFloat64(contact_ms) / 60000 as minutes, contacts from student_week final
     where student_id = unhex({id:String}) and week = {week:Date}`,
    { id: person(name), week: WEEK },
  )
}

const district = async (): Promise<Warehouse> => {
  const warehouse = await empty()
  await enrol(warehouse, ...aSchool('oak', { 'oak-1': ['ada', 'ben'] }))
  return warehouse
}

test('a conversation is a contact of adviser and student in the week in which it ended', async () => {
  const warehouse = await district()
  await store(warehouse, aConversation({ minutes: 20 }))
  const rows = await warehouse.query(
    `select hex(person_id) = upper({ada:String}) as student, person_role, counterpart_roles as others, kind, mode, source
     from events final order by person_role`,
    { ada: person('ada') },
  )
  expect(rows).toEqual([
    { student: 0, person_role: 'adviser', others: ['student'], kind: 'met', mode: 'adult', source: 'homeroom' },
    { student: 1, person_role: 'student', others: ['adviser'], kind: 'met', mode: 'adult', source: 'homeroom' },
  ])
  expect(await contactOf(warehouse, 'ada')).toEqual([{ contact_days: ['2026-03-03'], minutes: 20, contacts: 1 }])
})

test('its length not said, it is still a contact', async () => {
  const warehouse = await district()
  await store(warehouse, aConversation())
  expect(await contactOf(warehouse, 'ada')).toMatchObject([{ contact_days: ['2026-03-03'], contacts: 1 }])
})

test('what was said in a few words each is found by kind', async () => {
  const warehouse = await district()
  await store(
    warehouse,
    aConversation({
      strengths: ['patient'],
      interests: ['robots', 'chess'],
      needs: ['a quiet place'],
      nextSteps: ['meet-again'],
    }),
  )
  expect(await tags(warehouse)).toEqual([
    { kind: 'interest', tag: 'chess' },
    { kind: 'interest', tag: 'robots' },
    { kind: 'need', tag: 'a quiet place' },
    { kind: 'next-step', tag: 'meet-again' },
    { kind: 'strength', tag: 'patient' },
  ])
})

test('the first stored with an id stands, in whatever order and however often it is stored', async () => {
  const first = aConversation({ interests: ['chess'], minutes: 10 })
  const later = aConversation({ interests: ['robots'], minutes: 30, storedAt: '2026-03-03T15:00:05.000Z' })
  for (const order of [
    [first, later],
    [later, first],
    [first, first, later],
    [later, later, first],
  ]) {
    const warehouse = await district()
    for (const one of order) await store(warehouse, one)
    expect(await conversations(warehouse, 'interests, minutes')).toEqual([{ interests: ['chess'], minutes: 10 }])
    expect(await contactOf(warehouse, 'ada')).toMatchObject([{ minutes: 10, contacts: 1 }])
  }
})

test('one that was taken back counts in nothing, whichever came first', async () => {
  const said = aConversation({
    minutes: 20,
    interests: ['chess'],
    goal: { horizon: 'short', due: null, words: 'salt.w' },
  })
  for (const steps of [
    [store, recompute, takeBack],
    [takeBack, store],
  ] as const) {
    const warehouse = await district()
    for (const step of steps)
      await (step as (warehouse: Warehouse, said: Conversation) => Promise<void>)(warehouse, said)
    expect(await contactOf(warehouse, 'ada')).toEqual([])
    expect(await conversations(warehouse, '1')).toEqual([])
    expect([await tags(warehouse), await goals(warehouse)]).toEqual([[], []])
  }
})

test('a goal that was set in it is one of the student’s goals, with its words', async () => {
  const warehouse = await district()
  const said = aConversation({ goal: { horizon: 'short', due: '2026-04-01', words: 'salt.words' } })
  await store(warehouse, said)
  const found = await warehouse.query(
    `select lower(hex(student_id)) as student, toString(goal_id) as id, horizon, set_day, due_day, status, sealed_text as words, source
     from current_goals`,
  )
  const id = goalOf(said)
  const days = { set_day: '2026-03-03', due_day: '2026-04-01' }
  expect(found).toEqual([
    { student: person('ada'), id, horizon: 'short', ...days, status: 'open', words: 'salt.words', source: 'homeroom' },
  ])
})

test('where goals stand is said of goals of files and of earlier conversations, and leaves their words', async () => {
  const warehouse = await district()
  const file = aGoal({ words: 'salt.file' } as object)
  await storePlans(warehouse, placed([file]))
  const first = aConversation({
    key: 'a',
    at: '2026-03-02T15:00:00.000Z',
    goal: { horizon: null, due: null, words: 'salt.w' },
  })
  await store(warehouse, first)
  const second = aConversation({
    key: 'b',
    at: '2026-03-05T15:00:00.000Z',
    goalsNow: [
      { goal: file.id, status: 'attained' },
      { goal: goalOf(first), status: 'dropped' },
    ],
  })
  await store(warehouse, second)
  const ended = { closed_day: '2026-03-05' }
  const expected = [
    { id: file.id, status: 'attained', words: 'salt.file', ...ended },
    { id: goalOf(first), status: 'dropped', words: 'salt.w', ...ended },
  ]
  expect(await goals(warehouse)).toEqual(expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
  await takeBack(warehouse, second)
  expect(await goals(warehouse)).toMatchObject(expected.map(() => ({ status: 'open', closed_day: '1970-01-01' })))
})

test('of an adviser who was erased the student keeps the contact with nobody, and the note goes', async () => {
  const warehouse = await district()
  await store(warehouse, { ...aConversation({ minutes: 20, note: 'a.b.c', interests: ['chess'] }), adviser: ERASED })
  expect(await warehouse.query('select count()::Int32 as n from events final')).toEqual([{ n: 1 }])
  expect(await contactOf(warehouse, 'ada')).toMatchObject([{ minutes: 20 }])
  expect(await conversations(warehouse, 'sealed_note as note, interests')).toEqual([{ note: '', interests: ['chess'] }])
})

test('of a student who was erased the adviser keeps the contact with nobody, and nothing else is left in the entry', async () => {
  const warehouse = await district()
  const said = aConversation({
    minutes: 20,
    note: 'a.b.c',
    words: 'a.b',
    needs: ['quiet'],
    goal: { horizon: null, due: null, words: 'a.b' },
  })
  const erased = { ...NOBODY_ERASED, isEmpty: false, has: (id: string) => id === person('ada') }
  const left = entryWithoutErased('actions', JSON.stringify(said), erased)!
  expect(left).not.toMatch(new RegExp(`${person('ada')}|quiet|a\\.b`))
  await store(warehouse, Conversation.parse(JSON.parse(left)))
  expect(await warehouse.query('select person_role, hex(counterparts[1]) as other from events final')).toEqual([
    { person_role: 'adviser', other: ERASED.toUpperCase() },
  ])
  expect([await conversations(warehouse, '1'), await goals(warehouse), await tags(warehouse)]).toEqual([[], [], []])
  const both = { ...erased, has: (id: string) => id === person('ada') || id === person('ms-lee') }
  expect(entryWithoutErased('actions', JSON.stringify(said), both)).toBeNull()
})

test('under an identifier that became somebody, it is that person’s', async () => {
  const warehouse = await district()
  await store(warehouse, aConversation({ who: 'state-7', interests: ['chess'], minutes: 12 }))
  await enrol(warehouse, anAlias('state-7', 'ben'))
  expect(await conversations(warehouse, 'lower(hex(student_id)) as student')).toEqual([{ student: person('ben') }])
})
