import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { person } from '../helpers/records.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { anApp, open, signedIn, type Browser } from './an-app.ts'
import { READ_AT, someOffers } from './some-offers.ts'
import { auditOf, type Told } from './told.ts'

const schools = ['lincoln']

let warehouse: Warehouse
let app: FastifyInstance
let told: Told
let now = (): Date => new Date()
let adviser: Browser
let teacher: Browser
let principal: Browser

beforeAll(async () => {
  warehouse = await freshWarehouse()
  told = await auditOf()
  await someOffers(warehouse, told.log)
  app = (await anApp(warehouse, () => now(), { log: told.log })).app
  adviser = await signedIn(app, warehouse, { id: 'ad', role: 'adviser', scope: { schools, advisories: ['hr-1'] } })
  teacher = await signedIn(app, warehouse, { id: 'te', role: 'adviser', scope: { schools, classes: ['hr-1'] } })
  principal = await signedIn(app, warehouse, { id: 'pr', role: 'principal', scope: { schools } })
  now = () => READ_AT
})

describe('where an adviser begins', () => {
  test('the offers that wait come first, then every student of the advisory by family name, a step from brief, conversation and profile', async () => {
    const page = await open(adviser, '/home')
    expect(page.text('.lead')).toContain('You advise 3 students. 1 student may be glad of a few minutes with you.')
    expect(page.body.indexOf('id="offers"')).toBeLessThan(page.body.indexOf('id="advisory-hr-1"'))
    const ada = `/students/${person('ada')}`
    for (const address of [`${ada}/brief`, `${ada}/conversation`, ada, '/inbox', '/advisories/hr-1/map'])
      expect(page.body).toContain(`href="${address}"`)
    expect(page.text('main')).not.toContain('no conversation recorded')
    expect(page.text('main')).not.toMatch(/disengag|caring|at risk|[0-9a-f]{32}/i)
  })

  test('is the first page after signing in; a principal begins at the school', async () => {
    const first = async (browser: Browser) => (await browser.get('/')).headers.location
    expect([await first(adviser), await first(teacher), await first(principal)]).toEqual([
      '/home',
      '/home',
      '/schools/lincoln',
    ])
  })

  test('the audit is told of the advisory and of each student shown', async () => {
    await open(adviser, '/home')
    const students = ['ada', 'bea', 'cal'].map(name => `student:${person(name)}`).toSorted()
    expect(told.last()).toMatchObject({ action: 'saw', account: 'ad' })
    expect(told.last().units.toSorted()).toEqual(['advisory:hr-1', ...students])
  })

  test('who teaches and advises nobody has their classes there and no offers; a principal is refused', async () => {
    const page = await open(teacher, '/home')
    expect(page.text('main')).toContain('You advise nobody in the roster of today.')
    expect(page.body).not.toContain('Ada Alder')
    await open(principal, '/home', 403)
  })

  test('a conversation that was recorded stands beside the student with its day', async () => {
    await warehouse.command(
      `insert into conversations (conversation_id, student_id, author_id, at, day, minutes, stored_at)
       select generateUUIDv4(), unhex({id:String}), unhex({id:String}), toDateTime64('2025-12-09 15:00:00', 3, 'UTC'), toDate('2025-12-09'), 10, now64(3)`,
      { id: person('bea') },
    )
    const page = (await open(adviser, '/home')).text('main')
    expect(page).toContain('talked on 9 December 2025')
    expect(page.match(/no conversation recorded/g)).toHaveLength(2)
  })
})
