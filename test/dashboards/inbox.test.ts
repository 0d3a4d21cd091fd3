import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { storeActions } from '../../processors/store-actions.ts'
import { localTime } from '../../processors/local-time.ts'
import { ActionEntry } from '../../schemas/action.ts'
import { logWith } from '../helpers/log-with.ts'
import { person, ZONE } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { anApp, formToken, open, signedIn, type Browser } from './an-app.ts'
import { READ_AT, someOffers } from './some-offers.ts'
import { auditOf, type Told } from './told.ts'

const ADA = person('ada')
const schools = ['lincoln']

let warehouse: Warehouse
let app: FastifyInstance
let told: Told
let actions: ActionEntry[]
let now = (): Date => new Date()
let adviser: Browser
let teacher: Browser
let principal: Browser
let colleague: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  told = await auditOf()
  actions = []
  const log = logWith(told.log, {
    append: async (topic, entries) => {
      await told.log.append(topic, entries)
      if (topic === 'actions') actions.push(...entries.map(({ value }) => ActionEntry.parse(JSON.parse(value!))))
    },
  })
  await someOffers(warehouse, log)
  app = (await anApp(warehouse, () => now(), { log })).app
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: { schools, advisories: ['hr-1'] } })
  colleague = await signedIn(app, warehouse, { id: 'co', role: 'adviser', scope: { schools, advisories: ['hr-2'] } })
  teacher = await signedIn(app, warehouse, { id: 'te', role: 'adviser', scope: { schools, classes: ['hr-1'] } })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools } })
  now = () => READ_AT
})

const alarmOf = (name: string): string => {
  const found = actions.find(entry => entry.type === 'alarm' && entry.student === person(name))
  if (!found) throw new Error(`no alarm of ${name} among ${actions.length} actions`)
  return found.id
}

describe('an adviser', () => {
  test('reads what changed, since when, and what was usual, in words that blame nobody', async () => {
    const page = await open(adviser, '/inbox')
    expect(page.text('.lead')).toBe(
      '1 student of the 3 whom you advise may be glad of a few minutes with you: activity in connected tools fell well below what is usual for them. A reason to ask, not a finding.',
    )
    expect(page.text('.offer h3')).toBe('Ada Alder')
    expect(page.text('.offer > p')).toMatch(
      /^Ada’s recorded learning activity is well below Ada’s own usual: \d\d minutes in the week of \d+ November 2025.* Usual for Ada in such a week is about (9\d|10\d)\.$/,
    )
    expect(page.text('.known')).toContain('Of the last 20 school days no absence is recorded.')
    expect(page.text('main')).not.toMatch(/disengag|caring|at risk|[0-9a-f]{32}/i)
    expect(page.rows('.offer table').length).toBeGreaterThan(10)
  })

  test('is told how often such an offer is about nothing', async () => {
    const page = await open(adviser, '/inbox')
    expect(page.text('#honesty + p')).toContain('Fewer than 10 offers have been answered in this district')
    expect(page.text('#honesty + p')).toContain('about 3 in 100 students')
  })

  test('sees students of the own advisories only, and the audit is told of whom', async () => {
    const page = await open(adviser, '/inbox')
    expect(page.body).not.toContain('Dan')
    expect(told.last()).toMatchObject({ action: 'saw', account: 'ad', units: [`student:${ADA}`] })
    expect((await open(colleague, '/inbox')).text('.offer h3')).toBe('Dan Alder')
  })

  test('finds it on the student’s page too', async () => {
    expect((await open(adviser, `/students/${ADA}`)).text('main')).toContain('An offer of help')
    expect((await open(teacher, `/students/${ADA}`)).text('main')).not.toContain('offer of help')
  })
})

describe('who is not the adviser', () => {
  test('teaches a class: an inbox that says whose it is, and nothing in it', async () => {
    const page = await open(teacher, '/inbox')
    expect(page.text('.lead')).toContain('You advise nobody')
    expect(page.body).not.toContain('Ada')
  })

  test('is refused where offers are no part of the role', async () => {
    expect((await open(principal, '/inbox', 403)).body).toContain('own adviser only')
  })

  test('cannot answer: the refusal does not say whether there is such an offer', async () => {
    const token = formToken((await open(colleague, '/inbox')).body)
    const before = actions.length
    const answers = await Promise.all(
      [alarmOf('ada'), '00000000-0000-4000-8000-000000000000'].map(alarm =>
        colleague.post(`/inbox/${alarm}`, { answer: 'talked', _csrf: token }, { accept: 'text/html' }),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403])
    const [one, other] = answers.map(({ body }) => body.replace(/value="[^"]*"/g, ''))
    expect(one).toBe(other)
    expect(actions.length).toBe(before)
  })
})

describe('an answer', () => {
  test('is durable in the log before the page says so, and is stored from there', async () => {
    const page = await open(adviser, '/inbox')
    const answered = await adviser.post(`/inbox/${alarmOf('ada')}`, { answer: 'talked', _csrf: formToken(page.body) })
    expect([answered.statusCode, answered.headers.location]).toEqual([303, `/inbox?answered=${alarmOf('ada')}`])
    expect(actions.at(-1)).toMatchObject({
      type: 'alarm-answer',
      alarm: alarmOf('ada'),
      student: ADA,
      answer: 'talked',
      author: { account: 'ad', person: null },
      storedAt: READ_AT.toISOString(),
    })
    // Not stored yet: the offer that was answered is not shown again.
    const at_once = await open(adviser, `/inbox?answered=${alarmOf('ada')}`)
    expect(at_once.text('.noted')).toBe('Noted for Ada Alder. Thank you.')
    expect(at_once.text('.offer')).toBe('')
    await storeActions(warehouse, [actions.at(-1)!], localTime(ZONE))
    const later = await open(adviser, '/inbox')
    expect(later.text('.earlier-offers')).toMatch(/^Ada Alder, week of \d+ Nov: we talked$/)
    expect(later.text('.lead')).toContain(
      'Nobody’s recorded activity is newly below their own usual, among the 3 students',
    )
  })

  test('that is none of the three is refused, and nothing is kept', async () => {
    const token = formToken((await open(colleague, '/inbox')).body)
    const before = actions.length
    const answered = await colleague.post(`/inbox/${alarmOf('dan')}`, { answer: 'ignore', _csrf: token })
    expect([answered.statusCode, actions.length]).toEqual([400, before])
  })

  test('“seen” stays where it can be answered again', async () => {
    const page = await open(colleague, '/inbox')
    await colleague.post(`/inbox/${alarmOf('dan')}`, { answer: 'seen', _csrf: formToken(page.body) })
    await storeActions(warehouse, [actions.at(-1)!], localTime(ZONE))
    const later = await open(colleague, '/inbox')
    expect(later.text('.offers summary')).toBe('Seen, and not talked yet (1)')
    expect([...later.document.querySelectorAll('.answers button')].map(button => button.textContent?.trim())).toEqual([
      'We talked',
      'Not needed',
    ])
  })
})

test('of two alarms of one student both are there', async () => {
  const [first] = actions.filter(entry => entry.type === 'alarm')
  const again = { ...first!, id: '00000000-0000-5000-8000-000000000001', student: person('bea'), week: '2025-11-10' }
  const second = { ...again, id: '00000000-0000-5000-8000-000000000002', week: '2025-11-17' }
  await storeActions(warehouse, [again, second] as ActionEntry[], localTime(ZONE))
  const page = await open(adviser, '/inbox')
  const ids = [...page.document.querySelectorAll('.offer')].map(({ id }) => id)
  expect(ids).toEqual([`offer-${second.id}`, `offer-${again.id}`])
})

test('of ten answers or more it is said how many were needed', async () => {
  const answers = Array.from({ length: 10 }, (_, i): ActionEntry => {
    const id = `00000000-0000-4000-8000-0000000000${10 + i}`
    return {
      type: 'alarm-answer',
      id,
      storedAt: READ_AT.toISOString(),
      alarm: id,
      student: person(`other ${i}`),
      answer: i < 7 ? 'talked' : 'not-needed',
      author: { account: 'x', person: null },
    }
  })
  await storeActions(warehouse, answers, localTime(ZONE))
  expect((await open(adviser, '/inbox')).text('#honesty + p')).toContain(
    'Of 11 offers that advisers in this district have answered, 8 led to a conversation and 3 were not needed.',
  )
})

test('flags by attendance, behaviour and marks stand there for the own students, with how often they were right', async () => {
  const own = [
    ['ada', 45, 9, 1, 0, '[]', 'true', 'true', 'null'],
    ['bea', 45, 1, 0, 3, "['english', 'mathematics']", 'false', 'true', 'true'],
    ['dan', 45, 12, 0, 0, '[]', 'true', 'false', 'null'],
  ] as const
  for (const [name, enrolled, absent, suspensions, referrals, failed, ...flags] of own)
    await warehouse.command(
      `insert into student_flags (term, student_id, begin_day, enrolled_days, absent_days, suspensions, referrals, failed, attendance, behaviour, course, computed)
       select 'Winter', unhex('${person(name)}'), '2025-12-01', ${enrolled}, ${absent}, ${suspensions}, ${referrals}, ${failed}, ${flags.join(', ')}, 1`,
    )
  await warehouse.command(`insert into student_flags (term, student_id, begin_day, computed) select 'Fall', unhex('${person('ada')}'), '2025-09-01', 1`) // prettier-ignore
  const rows = [
    { flag: 'any', slice: '', hits: 42, alarms: 18, misses: 14, rests: 426, precision_lo: 0.574913, precision_hi: 0.801018, recall_lo: 0.623074, recall_hi: 0.844829, mcc: 0.688511 }, // prettier-ignore
    { flag: 'any', slice: 'grade=09', hits: 4, alarms: 8, misses: 4, rests: 26, precision_lo: 0.1, precision_hi: 0.6, recall_lo: 0.2, recall_hi: 0.7, mcc: 0.2 }, // prettier-ignore
  ]
  await warehouse.insert('flag_outcomes', rows.map(row => ({ ...row, term: 'Fall', next_term: 'Winter', computed: '1' }))) // prettier-ignore
  const page = await open(adviser, '/inbox')
  const lines = [...page.document.querySelectorAll('#flags ~ .lines li')].map(li => li.textContent?.replace(/\s+/g, ' ').trim()) // prettier-ignore
  expect(lines).toEqual(expect.arrayContaining([
    'Ada Alder: absent on 9 of 45 school days; 1 suspension in 60 days',
    'Name not in the roster: 3 minor referrals in 60 days; last mark in English and mathematics a failing one',
  ])) // prettier-ignore
  expect(lines).toHaveLength(2)
  expect(page.text('#flags + p')).toContain('in Fall, 57 to 80 in 100 were off track in the term after it')
  // A group of a few is not in the table.
  expect(page.rows('#flags ~ details table').slice(1)).toEqual([['Any of them', 'all', '57 to 80', '62 to 84', '0.69']])
  expect(new Set(told.last().units)).toEqual(new Set([`student:${ADA}`, `student:${person('bea')}`]))
})
