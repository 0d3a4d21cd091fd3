import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { aRecord, store } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { ADA, adasStrengths, adasWords, adasWork, aHomeroom, BEN, READ_AT } from './a-learner.ts'
import { anApp, open, signedIn, type Browser, type Opened } from './an-app.ts'
import { auditOf, type Told } from './told.ts'

const schools = ['lincoln']

let warehouse: Warehouse
let app: FastifyInstance
let told: Told
let adviser: Browser
let teacher: Browser
let page: Opened
let now = (): Date => new Date()

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await aHomeroom(warehouse)
  await adasWords(warehouse)
  await adasWork(warehouse)
  await adasStrengths(warehouse)
  told = await auditOf()
  // Links of a past day would be dropped by the engine's own clock: signed in now, read then.
  app = (await anApp(warehouse, () => now(), { log: told.log })).app
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: { schools, advisories: ['hr-1'] } })
  teacher = await signedIn(app, warehouse, { id: 'te', role: 'adviser', scope: { schools, classes: ['c-9'] } })
  now = () => READ_AT
  page = await open(adviser, `/students/${ADA}`)
})

const lines = ({ document }: Opened, within: string): string[] =>
  [...document.querySelectorAll(`${within} .lines > li`)].map(li => (li.textContent ?? '').replace(/\s+/g, ' ').trim())

describe('what the student says', () => {
  test('goals stand in the student’s own words, with where they stand, from when and whom', () => {
    expect(page.text('#own-words')).toBe('In Ada’s own words')
    const said = lines(page, '.own-words')
    expect(said).toContain(
      'Read one book a <week> Open, due 20 March 2026 Aimed at: a book a week Set 8 September 2025 · English · planner',
    )
    expect(said).toContain('Finish a project that I show in public Open Set 15 September 2025 · planner')
    expect(said).toContain(
      'Ask before I am stuck for a day Reached 12 December 2025: more than expected Set 8 September 2025 · planner',
    )
  })

  test('of a statement the words come from its sealed original; what is overdue is said without blame', () => {
    expect(lines(page, '.own-words')).toContain(
      'Explain my steps aloud Open; it was due 20 February 2026 Set 2 February 2026 · lms',
    )
  })

  test('of two plans of one subject the one that begins last is shown', () => {
    const plans = lines(page, '.own-words').filter(line => line.includes('units of work'))
    expect(plans).toEqual([
      'Mathematics: 3 units of work a week; 40% alone, 10% with an adult, 25% with a partner, 25% in a group From 5 January 2026 to 12 June 2026 · planner',
    ])
  })

  test('reflections are quoted with their day', () => {
    expect(lines(page, '.own-words')).toContain('Fractions make sense when I draw them 4 March 2026 · planner')
  })

  test('nothing of another student is on the page, and no pseudonym', () => {
    expect(page.body).not.toContain('Only Ben knows')
    expect(page.text('main')).not.toMatch(/[0-9a-f]{32}/)
  })

  test('words are text, whatever they contain', () => {
    expect(page.body).not.toContain('<week>')
  })
})

describe('what the records show', () => {
  test('strengths and needs are lines with their evidence; what no interval settles is in neither', () => {
    const [strengths, needs] = [
      ...page.document.querySelectorAll('section[aria-labelledby=records] .columns > div'),
    ].map(column => [...column.querySelectorAll('li')].map(li => (li.textContent ?? '').replace(/\s+/g, ' ').trim()))
    expect(strengths).toEqual([
      'Explains well Noted in a conversation, 3 March 2026',
      'Mathematics: grew more than most who began alike, at percentile 70 to 85 MAP, 2025-2026 winter · taken 14 January 2026',
      'Knows: fractions 24 answers, the last on 2 March 2026 · known with probability 0.97',
    ])
    expect(needs).toEqual([
      'A quiet place Noted in a conversation, 3 March 2026',
      'Science: grew less than most who began alike, at percentile 12 to 33 MAP, 2025-2026 winter · taken 14 January 2026',
      'Working on: long division 6 answers, the last on 2 March 2026 · known with probability 0.31',
    ])
  })

  test('an activity of the student’s own choice is an interest, by a name that can be read', () => {
    expect(lines(page, 'section')).toContain(
      '1 activity in art by own choice: paint a mural Twelve weeks, the last on 4 March 2026',
    )
  })

  test('the newest week stands beside the student’s own usual, in a picture and a table', () => {
    expect(page.text('main')).toContain(
      'In the week of 2 March 2026 the connected tools show 22 minutes of learning activity on 2 days; usual in the eight weeks before was 22.',
    )
    const table = [...page.document.querySelectorAll('section[aria-labelledby=progress] details table tr')]
    expect(table).toHaveLength(9)
  })

  test('rhythm counts days by weekday and part of the day, in the district’s zone', () => {
    const rows = page.rows('section[aria-labelledby=rhythm] table')
    expect(rows[1]).toEqual(['Monday', '0', '8', '0', '0', '0'])
    expect(rows[3]).toEqual(['Wednesday', '0', '0', '0', '0', '8'])
    expect(page.text('section[aria-labelledby=rhythm] .sentence')).toBe(
      '16 days with learning activity in 8 weeks of the eight up to 6 March 2026. At no time of the day more than half of it.',
    )
  })

  test('an event stands on the page as soon as it is stored, before anything is recomputed', async () => {
    await store(warehouse, [
      aRecord({ actor: 'ada@lms', at: '2026-03-06T14:30:00-05:00', kind: 'asked-help', subject: 'science' }),
    ])
    const again = await open(adviser, `/students/${ADA}`)
    expect(again.text('.opening')).toContain('Newest record: asked for help in science, 6 March 2026, 14:30.')
  })

  test('who has no records has no zeros, but sentences that say so', async () => {
    const ben = await open(adviser, `/students/${BEN}`)
    expect(ben.text('main')).toContain('The records name none yet.')
    expect(ben.text('main')).toContain('Only Ben knows')
    expect(ben.text('main')).not.toContain('0 minutes')
  })
})

describe('who reads', () => {
  test('the page of a student is told to the audit before it is sent', async () => {
    await open(adviser, `/students/${ADA}`)
    expect(told.last()).toMatchObject({
      action: 'saw',
      account: 'ad',
      route: 'GET /students/:id',
      units: [`student:${ADA}`],
    })
  })

  test('a teacher of a class is told what is not shown', async () => {
    const seen = (await open(teacher, `/students/${ADA}`)).text('main')
    expect(seen).toContain('You see it as a teacher of a class')
    expect(seen).toContain('Explains well')
    expect(seen).not.toContain('quiet place')
    await open(teacher, `/students/${BEN}`, 403)
  })

  test('nobody else opens it, in the same words whether the student exists or not', async () => {
    now = () => new Date()
    const others = [
      { id: 'pr', role: 'principal', scope: { schools } },
      { id: 'an', role: 'analyst' },
      { id: 'other', role: 'adviser', scope: { schools, advisories: ['hr-2'] } },
    ]
    for (const other of others) {
      const browser = await signedIn(app, warehouse, other)
      const answers = await Promise.all(
        [ADA, 'f'.repeat(64), 'x'].map(async id => (await open(browser, `/students/${id}`, 403)).text('main')),
      )
      expect(new Set(answers).size).toBe(1)
    }
    now = () => READ_AT
  })
})

test('words whose key is gone are said to be unreadable, and nothing of them is left', async () => {
  await warehouse.command(`truncate table {identity:Identifier}.salts`)
  const without = await open(adviser, `/students/${ADA}`)
  expect(lines(without, '.own-words')).toContain(
    'A goal in english; its words cannot be read (erased, or not arrived yet) Open, due 20 March 2026 Set 8 September 2025 · planner',
  )
  expect(without.body).not.toContain('one book')
})
