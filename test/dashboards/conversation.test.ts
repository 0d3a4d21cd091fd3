import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { startProcessor, type Processor } from '../../processors/run.ts'
import { person } from '../helpers/records.ts'
import { until } from '../helpers/until.ts'
import { freshWarehouse } from '../helpers/warehouse.ts'
import { ADA, adasWords, adasWork, aHomeroom, BEN, READ_AT } from './a-learner.ts'
import { anApp, formToken, open, signedIn, type Browser } from './an-app.ts'
import { auditOf, type Told } from './told.ts'

const schools = ['lincoln']
const FORM = `/students/${ADA}/conversation`
const BRIEF = `/students/${ADA}/brief`
const NOTE = 'zyxanote whispered at the door'
const NEXT = 'zyxanext asks for the lab key'
const GOAL = 'zyxagoal Build a robot that sorts socks'
const WEEK = '2026-03-02'

let warehouse: Warehouse
let app: FastifyInstance
let processor: Processor
let told: Told
let now = (): Date => new Date()
const browsers = new Map<string, Browser>()

const ROLES: Record<string, { role: string; scope?: object }> = {
  adviser: { role: 'adviser', scope: { schools, advisories: ['hr-1'], person: person('ms-lee') } },
  'adviser beside': { role: 'adviser', scope: { schools, advisories: ['hr-1'], person: person('mr-kay') } },
  'adviser without a person': { role: 'adviser', scope: { schools, advisories: ['hr-1'] } },
  'adviser of others': { role: 'adviser', scope: { schools, advisories: ['hr-2'], person: person('mr-poe') } },
  teacher: { role: 'adviser', scope: { schools, classes: ['c-9'], person: person('ms-fox') } },
  principal: { role: 'principal', scope: { schools } },
  analyst: { role: 'analyst' },
  researcher: { role: 'researcher' },
  operator: { role: 'operator' },
}

beforeAll(async () => {
  warehouse = await freshWarehouse()
  await aHomeroom(warehouse)
  await adasWords(warehouse)
  await adasWork(warehouse)
  told = await auditOf()
  app = (await anApp(warehouse, () => now(), { log: told.log })).app
  for (const [id, { role, scope }] of Object.entries(ROLES))
    browsers.set(id, await signedIn(app, warehouse, { id, role, ...(scope && { scope }) }))
  now = () => READ_AT
  processor = await startProcessor({
    log: told.log,
    warehouse,
    config: { timeZone: 'America/New_York', district: 'd1' },
    onError: error => console.error(error),
    clock: () => READ_AT,
  })
})
afterAll(async () => {
  await processor?.stop()
})

const as = (who: string): Browser => browsers.get(who)!
type Fields = Record<string, string>

/** The form as it comes, filled in and sent. */
async function send(who: string, fields: Fields, from = FORM): Promise<{ status: number; to: string; body: string }> {
  const page = (await as(who).get(from)).body
  const number = /name="number" value="([^"]+)"/.exec(page)?.[1] ?? '00000000-0000-4000-8000-000000000000'
  const { statusCode, headers, body } = await as(who).post(from, { _csrf: formToken(page), number, ...fields })
  return { status: statusCode, to: String(headers.location ?? ''), body }
}

const recorded = async (): Promise<number> =>
  (await warehouse.query<{ n: number }>('select count()::Int32 as n from current_conversations'))[0]!.n
const stored = (n: number): Promise<void> =>
  until(async () => (await recorded()) === n, `${n} conversations are stored`)

describe('a conversation that is recorded', () => {
  test('leads to the brief, and stands in it within seconds: what was said, agreed and set', async () => {
    const answer = await send('adviser', {
      topic: 'goals',
      strength: 'keeps at it',
      more_interest: 'robots,  marching   band , Robots',
      next: 'ask-a-teacher',
      next_words: NEXT,
      goal: GOAL,
      horizon: 'short',
      due: '2026-03-27',
      minutes: '15',
      note: NOTE,
    })
    expect([answer.status, answer.to.split('?')[0]]).toEqual([303, BRIEF])
    const began = performance.now()
    await stored(1)
    expect(performance.now() - began).toBeLessThan(10_000)
    const brief = await open(as('adviser'), answer.to)
    expect(brief.text('.notice')).toBe('The conversation is recorded.')
    const sheet = brief.text('article.brief')
    expect(sheet).toContain('The last eight weeks')
    expect(sheet).toContain('You talked about goals; noted: keeps at it, robots, marching band')
    expect(sheet).toContain(`agreed: ask a teacher; ${NEXT}`)
    expect(brief.text('.question-box')).toContain(`Last time you agreed: “${NEXT}”. How did that go?`)
    expect(sheet).toContain(`${GOAL} Set 6 March 2026 · due 27 March 2026`)
    expect(sheet).toContain('Strengths: keeps at it Noted 6 March 2026')
  })

  test('is a contact of the week, and its tags and goal stand in the learner profile', async () => {
    await until(async () => {
      const [row] = await warehouse.query<{ minutes: number }>(
        `select contact_ms / 60000 as minutes from student_week final where student_id = unhex({ada:String}) and week = {week:Date}`,
        { ada: ADA, week: WEEK },
      )
      return row?.minutes === 15
    }, 'the contact is in the week')
    const profile = await open(as('adviser'), `/students/${ADA}`)
    expect(profile.text('.own-words')).toContain(GOAL)
    expect(profile.text('main')).toMatch(/Robots Noted in a conversation, 6 March 2026/)
  })

  test('twice with the same form is one', async () => {
    const page = (await as('adviser').get(FORM)).body
    const fields = { _csrf: formToken(page), number: /name="number" value="([^"]+)"/.exec(page)![1]!, topic: 'people' }
    const answers = [await as('adviser').post(FORM, fields), await as('adviser').post(FORM, fields)]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303])
    expect(answers[0]!.headers.location).toBe(answers[1]!.headers.location)
    await stored(2)
    const contacts = await warehouse.query(
      "select uniqExact(record_id)::Int32 as n from events final where source = 'homeroom'",
    )
    expect(contacts).toEqual([{ n: 2 }])
  })

  test('an earlier day is kept; a goal that was reached is', async () => {
    const form = await open(as('adviser'), FORM)
    const goals = [...form.document.querySelectorAll('input[name=goal_now]')].map(input => input.getAttribute('value')!)
    const said = [...form.document.querySelectorAll('.goal-now')].map(p => p.textContent!.trim())
    const reached = goals.filter(value => value.endsWith('=attained'))[said.indexOf(GOAL)]!
    expect((await send('adviser', { goal_now: reached, day: '2026-03-04' })).status).toBe(303)
    await stored(3)
    const days = await warehouse.query('select day, minutes from current_conversations order by day')
    expect(days[0]).toEqual({ day: '2026-03-04', minutes: 0 })
    const [goal] = await warehouse.query(
      "select status, closed_day from current_goals where source = 'homeroom' and horizon = 'short'",
    )
    // Said of the 4th, before it was set on the 6th: the later one stands.
    expect(goal).toEqual({ status: 'open', closed_day: '1970-01-01' })
  })
})

describe('what cannot be recorded', () => {
  const WRONG: [string, Fields, RegExp][] = [
    ['nothing', {}, /The form is empty: tick at least/],
    ['a day to come', { topic: 'goals', day: '2026-03-07' }, /When: today or a day of the last year/],
    ['no day at all', { topic: 'goals', day: '2026-02-30' }, /When: today or a day/],
    ['more than four hours', { topic: 'goals', minutes: '241' }, /How long: whole minutes/],
    ['a goal due before it is set', { goal: 'x', due: '2026-03-05' }, /The goal’s day: a day that is still to come/],
    ['a tag of forty-one characters', { more_need: 'x'.repeat(41) }, /What would help: a few words each/],
    ['nine tags', { more_need: 'a,b,c,d,e,f,g,h,i' }, /What would help: at most 8/],
    ['a note without end', { note: 'n'.repeat(4001) }, /The private note: at most 4000 characters/],
  ]
  for (const [what, fields, said] of WRONG) {
    test(`${what}: the form comes back with what was typed and says what to correct`, async () => {
      const { status, body } = await send('adviser', {
        next_words: what === 'nothing' ? '' : 'kept <b>typed</b>',
        ...fields,
      })
      expect(status).toBe(400)
      expect(body.replace(/\s+/g, ' ')).toMatch(said)
      // oxlint-disable-next-line vitest/no-conditional-expect -- what is expected, no assertion
      if (what !== 'nothing') expect(body).toContain('kept &#60;b&#62;typed&#60;/b&#62;')
      expect(await recorded()).toBe(3)
    })
  }

  test('a goal of another student is not touched, whatever the form says', async () => {
    const [bens] = await warehouse.query<{ id: string }>(
      'select toString(goal_id) as id from current_goals where student_id = unhex({ben:String})',
      { ben: BEN },
    )
    const { status } = await send('adviser', { goal_now: `${bens!.id}=dropped` })
    expect(status).toBe(400)
    expect(await warehouse.query('select status from current_goals where goal_id = {id:UUID}', bens)).toEqual([
      { status: 'open' },
    ])
  })

  test('an account that is no person of the roster is told so', async () => {
    const { statusCode, body } = await as('adviser without a person').get(FORM)
    expect(statusCode).toBe(403)
    expect(body).toContain('Your account names no person of the roster')
  })

  test('a form that is none of ours, or came from elsewhere, records nothing', async () => {
    const page = (await as('adviser').get(FORM)).body
    const fields = { _csrf: formToken(page), number: 'x', topic: 'goals' }
    expect((await as('adviser').post(FORM, fields)).statusCode).toBe(400)
    expect((await as('adviser').post(FORM, { ...fields, _csrf: 'x' })).statusCode).toBe(403)
    const elsewhere = await as('adviser').post(FORM, fields, { 'sec-fetch-site': 'cross-site' })
    expect(elsewhere.statusCode).toBe(403)
    expect(await recorded()).toBe(3)
  })
})

describe('the private note', () => {
  test('is read by its author, on the form and the brief, and is not printed', async () => {
    expect((await open(as('adviser'), FORM)).text('.talks')).toContain(NOTE)
    const brief = await open(as('adviser'), BRIEF)
    expect(brief.text('.private-note')).toContain(NOTE)
    expect(brief.text('article.brief')).not.toContain(NOTE)
    expect(brief.document.querySelector('.private-note')!.closest('.no-print')).not.toBeNull()
  })

  const ROUTES = [
    FORM,
    BRIEF,
    `/students/${ADA}`,
    '/advisories/hr-1/briefs',
    '/advisories/hr-1/map',
    '/classes/hr-1',
    '/classes/c-9',
    '/schools/lincoln',
    '/district',
    '/inbox',
    '/status',
    '/audit',
    `/audit?unit=student:${ADA}`,
    '/api/indicators?indicator=contact_minutes&unit_type=advisory&unit_id=hr-1',
  ]
  for (const who of Object.keys(ROLES)) {
    test(`no page tells it to: ${who}`, { timeout: 60_000 }, async () => {
      for (const route of ROUTES) {
        if (who === 'adviser' && [FORM, BRIEF].includes(route)) continue
        const { body } = await as(who).get(route)
        expect([route, body.includes('zyxanote')]).toEqual([route, false])
      }
    })
  }

  test('whoever advises the student too reads what was agreed, and not the note', async () => {
    const page = await open(as('adviser beside'), FORM)
    expect(page.text('.talks')).toContain(NEXT)
    expect(page.document.querySelector('.private-note')).toBeNull()
  })

  test('what was said is for who advises the student: to everybody else form, brief and map are refused', async () => {
    for (const who of Object.keys(ROLES).filter(one => !one.startsWith('adviser') || one === 'adviser of others')) {
      for (const route of [FORM, BRIEF, '/advisories/hr-1/briefs', '/advisories/hr-1/map']) {
        const { statusCode, body } = await as(who).get(route)
        expect([who, route, statusCode, /zyxa/.test(body)]).toEqual([who, route, 403, false])
      }
      expect((await send(who, { topic: 'goals' })).status).toBe(403)
    }
    expect(await recorded()).toBe(3)
  })

  test('no table and no letter has its words, nor the goal’s, nor those of what was agreed', async () => {
    const tables = await warehouse.query<{ name: string }>(
      `select concat(database, '.', name) as name from system.tables
       where database in (currentDatabase(), {identity:String}) and total_rows > 0`,
      { identity: warehouse.identity },
    )
    expect(tables.length).toBeGreaterThan(15)
    for (const { name } of tables) {
      const [found] = await warehouse.query<{ n: number }>(
        `select countIf(lower(toString(tuple(*))) like '%zyxa%')::Int32 as n from ${name}`,
      )
      expect([name, found!.n]).toEqual([name, 0])
    }
    expect(told.all().some(entry => JSON.stringify(entry).includes('zyxa'))).toBe(false)
  })
})

test('the audit knows who read the form and the brief, before they did', async () => {
  await open(as('adviser'), BRIEF)
  expect(told.last()).toMatchObject({
    action: 'saw',
    account: 'adviser',
    route: 'GET /students/:id/brief',
    units: [`student:${ADA}`],
  })
})

test('its author takes it back, nobody else; then it counts in nothing', async () => {
  const take = async (who: string): Promise<number> => {
    const page = (await as(who).get(FORM)).body
    const own = (await open(as('adviser'), FORM)).document
      .querySelector('input[name=conversation]')!
      .getAttribute('value')!
    return (await as(who).post(`${FORM}/take-back`, { _csrf: formToken(page), conversation: own })).statusCode
  }
  expect(await take('adviser beside')).toBe(404)
  expect(await take('adviser of others')).toBe(403)
  expect(await recorded()).toBe(3)
  expect(await take('adviser')).toBe(303)
  await stored(2)
})
