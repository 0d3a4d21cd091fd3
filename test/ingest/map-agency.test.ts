import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LearningRecord } from '../../schemas/record.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { aMappedStatement } from './a-mapped-statement.ts'
import { JSON_HEADERS, startIngest, type Ingest } from './start-ingest.ts'

const OWN = 'https://homeroom.example/xapi/verbs/'
const MIX = { individual: 0.4, adult: 0.1, peer: 0.25, group: 0.25 }
const said = (verb: string, type: string | undefined, extensions: Record<string, unknown>) =>
  aMappedStatement({
    verb: { id: verb },
    object: { id: 'https://lms.example.org/things/1', ...(type && { definition: { type } }) },
    context: { extensions },
  })

describe('what statements say of plans, goals and choices', () => {
  test('a plan: units, mix and days', () => {
    const plan = { unitsPerWeek: 3, mix: MIX, from: '2026-03-02', to: '2026-06-01' }
    expect(said(`${OWN}set-plan`, undefined, { [EXTENSIONS.plan]: plan })).toMatchObject({
      kind: 'goal-set',
      object: 'https://lms.example.org/things/1',
      agency: { plan },
    })
  })

  test('a goal: level, weight and due day; a verb that says more beats the extension', () => {
    const goal = { level: 1, expected: 0, weight: 2, due: '2026-06-01', horizon: 'short' }
    const type = 'https://homeroom.example/xapi/activities/goal'
    const scored = said('http://adlnet.gov/expapi/verbs/scored', type, { [EXTENSIONS.goal]: goal })
    expect(scored).toMatchObject({ kind: 'scored', agency: { goal } })
    const completed = said('http://adlnet.gov/expapi/verbs/completed', type, { [EXTENSIONS.goal]: goal })
    expect(completed).toMatchObject({ kind: 'goal-met', agency: { goal } })
  })

  test('a verb that nothing maps has the kind that the extension gives', () => {
    const verb = 'https://tool.example.org/verbs/did'
    expect(said(verb, undefined, { [EXTENSIONS.goal]: { weight: 1 } })).toMatchObject({ kind: 'goal-set' })
    expect(said(verb, undefined, { [EXTENSIONS.goal]: { status: 'attained' } })).toMatchObject({ kind: 'goal-met' })
    expect(said(verb, undefined, { [EXTENSIONS.offered]: ['a', 'b'] })).toMatchObject({ kind: 'chose' })
    expect(said(verb, undefined, { [EXTENSIONS.plan]: { unitsPerWeek: 2 } })).toMatchObject({ kind: 'goal-set' })
    expect(said(verb, undefined, { [EXTENSIONS.subject]: 'art' })).toMatchObject({ kind: 'other' })
  })

  test('extensions of the result and of the activity are read too', () => {
    const record = aMappedStatement({
      verb: { id: `${OWN}chose` },
      object: { id: 'https://lms.example.org/a', definition: { extensions: { [EXTENSIONS.offered]: ['a', 'b'] } } },
      result: { extensions: { [EXTENSIONS.goal]: { level: -2 } } },
    })
    expect(record.agency).toEqual({ offered: ['a', 'b'], goal: { level: -2 } })
  })

  test.each([
    ['a level beyond the scale', EXTENSIONS.goal, { level: 3 }],
    ['a level between two', EXTENSIONS.goal, { level: 0.5 }],
    ['shares that add up to more than one', EXTENSIONS.plan, { mix: { ...MIX, adult: 0.9 } }],
    ['an end before the beginning', EXTENSIONS.plan, { unitsPerWeek: 1, from: '2026-03-02', to: '2026-03-01' }],
    ['a day that no calendar has', EXTENSIONS.goal, { due: '2026-02-30' }],
    ['a text in the place of an object', EXTENSIONS.plan, 'three a week'],
    ['a property that is not known', EXTENSIONS.goal, { text: 'a goal in words' }],
    ['nothing to choose from', EXTENSIONS.offered, []],
  ])('%s says nothing', (_, iri, value) => {
    const record = said('https://tool.example.org/verbs/did', undefined, { [iri]: value })
    expect(record).toMatchObject({ kind: 'other' })
    expect(record.agency).toBeUndefined()
  })
})

describe('through the doors', () => {
  let ingest: Ingest
  beforeEach(async () => {
    ingest = await startIngest()
  })
  afterEach(() => ingest.close())

  test('a Caliper event of the general profile carries the same extensions', async () => {
    const event = {
      '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p2',
      id: 'urn:uuid:fd41c918-b88b-4b20-a0a5-000000000001',
      type: 'Event',
      profile: 'GeneralProfile',
      actor: { id: 'https://lms.example.org/users/kim', type: 'Person' },
      action: 'Created',
      object: { id: 'https://lms.example.org/goals/1', type: 'Entity' },
      eventTime: '2026-03-02T13:59:00.000Z',
      extensions: { [EXTENSIONS.goal]: { weight: 2, due: '2026-06-01' } },
    }
    const envelope = {
      sensor: 'https://lms.example.org/sensor',
      sendTime: '2026-03-02T14:00:00.000Z',
      dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
      data: [event],
    }
    const answer = await ingest.post('/caliper/events', envelope, JSON_HEADERS)
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 1, described: 0, refused: [] }])
    expect(await ingest.records()).toMatchObject([
      {
        kind: 'goal-set',
        object: 'https://lms.example.org/goals/1',
        agency: { goal: { weight: 2, due: '2026-06-01' } },
      },
    ])
  })

  test('the log keeps what was said without its words', async () => {
    const statement = {
      id: 'fd41c918-b88b-4b20-a0a5-000000000002',
      actor: { mbox: 'mailto:kim@example.org' },
      verb: { id: `${OWN}reflected` },
      object: { id: 'https://lms.example.org/goals/1' },
      result: { response: 'I asked too late.', extensions: { [EXTENSIONS.goal]: { level: -1 } } },
      timestamp: '2026-03-02T13:59:00.000Z',
    }
    expect((await ingest.post('/xapi/statements', statement)).statusCode).toBe(200)
    const text = await ingest.text('records')
    expect(text).not.toContain('too late')
    const parsed = LearningRecord.parse(JSON.parse(text))
    expect(parsed).toMatchObject({ kind: 'reflected', agency: { goal: { level: -1 } } })
  })
})
