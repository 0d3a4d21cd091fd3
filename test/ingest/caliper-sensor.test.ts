import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { JSON_HEADERS, startIngest, type Ingest } from './start-ingest.ts'

type Factory = () => { create: (delegate: unknown, options: Record<string, unknown>) => Record<string, unknown> }
type Client = { initialize: (id: string, options: unknown) => void }
type Sensor = {
  initialize: (id: string) => void
  registerClient: (client: Client) => void
  createEnvelope: (options: { data: unknown }) => unknown
  sendToClients: (envelope: unknown) => void
}

// The sensor library of the registry, which is CommonJS and has no types.
const caliper = createRequire(import.meta.url)('ims-caliper') as Record<string, unknown> & {
  EntityFactory: Factory
  EventFactory: Factory
  Actions: Record<string, { term: string }>
  Sensor: Sensor
  HttpClient: Client
}

let ingest: Ingest
afterEach(() => ingest.close())

const entity = (type: string, options: Record<string, unknown> = {}): Record<string, unknown> =>
  caliper.EntityFactory().create(caliper[type], { id: `https://lms.example.org/${type}/1`, ...options })

function event(type: string, action: string, options: Record<string, unknown>): Record<string, unknown> {
  const { term } = caliper.Actions[action]!
  return caliper.EventFactory().create(caliper[type], {
    actor: entity('Person'),
    action: term,
    eventTime: '2026-03-02T13:59:00.000Z',
    edApp: entity('SoftwareApplication', { version: 'v2' }),
    group: entity('CourseSection', { courseNumber: 'MATH-7', academicSession: 'Spring' }),
    membership: entity('Membership', {
      member: 'https://lms.example.org/Person/1',
      roles: ['Learner'],
      status: 'Active',
    }),
    session: entity('Session', { startedAtTime: '2026-03-02T13:00:00.000Z' }),
    ...options,
  })
}

/** An event of each type that the library has. */
const events = (): Record<string, unknown>[] => {
  const assessment = entity('Assessment', { maxScore: 10, datePublished: '2026-03-01T08:00:00.000Z' })
  const attempt = entity('Attempt', { assignee: 'https://lms.example.org/Person/1', assignable: assessment, count: 2 })
  return [
    event('AnnotationEvent', 'tagged', { object: entity('Page'), generated: entity('TagAnnotation', { tags: ['x'] }) }),
    event('AssessmentEvent', 'submitted', { object: assessment, generated: attempt }),
    event('AssessmentItemEvent', 'completed', {
      object: entity('AssessmentItem', { isTimeDependent: false }),
      generated: entity('FillinBlankResponse', { attempt, values: ['seven'] }),
    }),
    event('AssignableEvent', 'started', { object: entity('AssignableDigitalResource'), generated: attempt }),
    event('Event', 'created', { object: entity('Document', { creators: [entity('Person')] }) }),
    event('ForumEvent', 'subscribed', { object: entity('Forum') }),
    event('GradeEvent', 'graded', {
      actor: entity('SoftwareApplication'),
      object: attempt,
      generated: entity('Score', { attempt: attempt.id, maxScore: 10, scoreGiven: 7.5, scoredBy: 'urn:grader' }),
    }),
    event('MediaEvent', 'paused', {
      object: entity('VideoObject', { duration: 'PT20M' }),
      target: entity('MediaLocation', { currentTime: 'PT5M' }),
    }),
    event('MessageEvent', 'posted', { object: entity('Message', { body: 'When is it due?' }) }),
    event('NavigationEvent', 'navigatedTo', { object: entity('WebPage'), referrer: entity('WebPage') }),
    event('SessionEvent', 'loggedIn', { object: entity('SoftwareApplication') }),
    event('ThreadEvent', 'markedAsRead', { object: entity('Thread') }),
    event('ToolUseEvent', 'used', { object: entity('SoftwareApplication') }),
    event('ViewEvent', 'viewed', { object: entity('Chapter'), extensions: { 'com.example': { bell: 3 } } }),
  ]
}

test('a sensor library that we did not write sends an event of each of its types, and a description', async () => {
  ingest = await startIngest()
  const refusals: string[] = []
  ingest.app.addHook('onSend', async (_request, reply, payload) => {
    if (reply.statusCode !== 200 || !String(payload).includes('"refused":[]')) refusals.push(String(payload))
  })
  await ingest.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = ingest.app.server.address() as AddressInfo
  const { Sensor, HttpClient } = caliper
  Sensor.initialize('https://lms.example.org/sensor')
  const headers = { Authorization: JSON_HEADERS.authorization, 'Content-Type': 'application/json' }
  const uri = `http://127.0.0.1:${port}/caliper/events`
  HttpClient.initialize('homeroom', { uri, method: 'POST', headers, json: true })
  Sensor.registerClient(HttpClient)

  const sent = events()
  Sensor.sendToClients(Sensor.createEnvelope({ data: [...sent, entity('Person', { name: 'Kim Example' })] }))
  const stored = async (): Promise<boolean> => refusals.length > 0 || (await ingest.records()).length >= sent.length
  await until(stored, 'the events are stored')
  expect(refusals).toEqual([])
  const records = await ingest.records()
  expect(records.map(({ id }) => `urn:uuid:${id}`).sort()).toEqual(sent.map(({ id }) => id).sort())
  expect(records.find(({ kind }) => kind === 'scored')).toMatchObject({
    score: 0.75,
    attempt: 2,
    actor: { role: 'student' },
  })
  expect(records.filter(({ kind }) => kind === 'viewed').every(({ actor }) => actor.role === 'student')).toBe(true)
  expect(await ingest.text('records')).not.toContain('Kim Example')
})
