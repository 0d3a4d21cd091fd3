import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CALIPER_VERSIONS } from '../../schemas/caliper.ts'
import { canvasEnvelope, canvasEvents } from './caliper-canvas.ts'
import { anEntity, anEvent, interactions } from './caliper-examples.ts'
import { JSON_HEADERS, startIngest, type Ingest } from './start-ingest.ts'

type Json = Record<string, unknown>
type Answer = {
  code?: string
  message?: string
  accepted: number
  described?: number
  refused: { index: number; path: string }[]
}

let ingest: Ingest
beforeEach(async () => {
  ingest = await startIngest()
})
afterEach(() => ingest.close())

const ID = (n: number): string => `fd41c918-b88b-4b20-a0a5-${String(n).padStart(12, '0')}`
const envelope = (data: unknown, changes: Json = {}): Json => ({
  sensor: 'https://reader.example.org/sensor',
  sendTime: '2026-03-02T14:00:00.000Z',
  dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
  data,
  ...changes,
})
const events: Json[] = interactions.map((interaction, i) => ({ ...anEvent(interaction), id: `urn:uuid:${ID(i)}` }))

async function send(body: unknown): Promise<{ status: number; answer: Answer }> {
  const response = await ingest.post('/caliper/events', body)
  return { status: response.statusCode, answer: response.json<Answer>() }
}

describe('POST /caliper/events', () => {
  test('one envelope holds events of every profile and a description of every entity', async () => {
    const entities = ['Person', 'CourseSection', 'AssessmentItem', 'Score', 'SystemIdentifier'].map(anEntity)
    const { status, answer } = await send(envelope([...events, ...entities]))
    expect([status, answer]).toEqual([200, { accepted: events.length, described: 5, refused: [] }])
    const records = await ingest.records()
    expect(records.map(({ id }) => id).sort()).toEqual(events.map((_, i) => ID(i)).sort())
    expect(records.filter(({ kind }) => kind === 'other')).toEqual([])
  })

  test.each(CALIPER_VERSIONS.map(version => [version]))('data of %s are taken', async dataVersion => {
    const event = { ...events[0], '@context': dataVersion }
    expect(await send(envelope([event], { dataVersion }))).toMatchObject({ status: 200, answer: { accepted: 1 } })
  })

  test('a version that is not supported is 422, and kept in dead-letters', async () => {
    const { status, answer } = await send(
      envelope(events, { dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v2p0' }),
    )
    expect([status, answer.code, answer.refused.map(({ path }) => path)]).toEqual([
      422,
      'CALIPER_VERSION_UNSUPPORTED',
      ['envelope.dataVersion'],
    ])
    expect(await ingest.records()).toEqual([])
    expect(await ingest.deadLetters()).toMatchObject([{ place: 'envelope', code: 'CALIPER_VERSION_UNSUPPORTED' }])
  })

  test.each<[string, Json, string]>([
    ['no sensor', { sensor: undefined }, 'envelope.sensor'],
    ['a time of sending in words', { sendTime: 'now' }, 'envelope.sendTime'],
    ['no data', { data: undefined }, 'envelope.data'],
    ['empty data', { data: [] }, 'envelope.data'],
    ['data that are no list', { data: events[0] }, 'envelope.data'],
  ])('an envelope with %s is 400', async (_what, changes, path) => {
    const { status, answer } = await send(envelope(events, changes))
    expect([status, answer.code, answer.refused.map(fault => fault.path)]).toEqual([400, 'RECORD_INVALID', [path]])
  })

  test('what is neither an event nor an entity is refused, its neighbours are stored', async () => {
    const deep = JSON.parse('['.repeat(80) + ']'.repeat(80)) as unknown
    const data = [events[0], 7, null, 'x', [], {}, { ...events[1], extensions: { deep } }, events[2]]
    const { status, answer } = await send(envelope(data))
    expect([status, answer.accepted]).toEqual([200, 2])
    const places = ['data[1]', 'data[2]', 'data[3]', 'data[4]', 'data[5].id', 'data[5].type', 'data[6]']
    expect(answer.refused.map(({ path }) => path)).toEqual(places)
    const letters = await ingest.deadLetters()
    expect(letters.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5, 6].map(i => `data[${i}]`))
    expect(letters[0]!.reason).toBe(
      'RECORD_INVALID: data[1] is a number, expected an event or an entity. The good ones of the envelope are stored; this one is in dead-letters; correct it and send it again.',
    )
  })

  test('a person who is only described is counted, and nothing of them is kept', async () => {
    const kim = { ...anEntity('Person'), id: 'https://lms.example.org/users/kim', name: 'Kim Marked' }
    expect((await send(envelope([kim]))).answer).toEqual({ accepted: 0, described: 1, refused: [] })
    expect((await send(envelope([{ ...kim, dateCreated: 'yesterday' }]))).status).toBe(400)
    for (const topic of ['records', 'identities', 'dead-letters'] as const)
      expect(await ingest.text(topic)).not.toMatch(/Kim Marked|users\/kim/)
  })

  test('an event of 1.0 is identified by what it says', async () => {
    const old = {
      '@context': 'http://purl.imsglobal.org/ctx/caliper/v1/Context',
      '@type': 'http://purl.imsglobal.org/caliper/v1/MediaEvent',
      actor: { '@id': 'https://lms.example.org/users/kim', '@type': 'http://purl.imsglobal.org/caliper/v1/lis/Person' },
      action: 'http://purl.imsglobal.org/vocab/caliper/v1/action#Paused',
      object: {
        '@id': 'urn:v',
        '@type': 'http://purl.imsglobal.org/caliper/v1/VideoObject',
        duration: 1420,
        name: null,
      },
      target: { '@id': 'urn:v', '@type': 'http://purl.imsglobal.org/caliper/v1/MediaLocation', currentTime: 710 },
      generated: null,
      eventTime: '2026-03-02T13:59:00.000Z',
      edApp: { '@id': 'https://example.org/app', '@type': 'http://purl.imsglobal.org/caliper/v1/SoftwareApplication' },
      federatedSession: null,
    }
    const sent = envelope([old, old, { ...old, eventTime: '2026-03-02T13:59:01.000Z' }], { dataVersion: undefined })
    expect((await send(sent)).answer).toMatchObject({ accepted: 3, refused: [] })
    const records = await ingest.records()
    expect(new Set(records.map(({ id }) => id)).size).toBe(2)
    expect(records[0]).toMatchObject({ kind: 'viewed', verb: 'Paused', object: 'urn:v', objectType: 'VideoObject' })
    const broken = await send(
      envelope([{ ...old, action: 'http://purl.imsglobal.org/vocab/caliper/v1/action#Posted' }]),
    )
    expect(broken.answer.refused.map(({ path }) => path)).toEqual(['data[0].action'])
  })
})

describe('GET /caliper/events', () => {
  const get = (headers: Record<string, string>) => ingest.app.inject({ method: 'GET', url: '/caliper/events', headers })

  test('tells a sensor what it may send', async () => {
    const response = await get(JSON_HEADERS)
    expect([response.statusCode, response.json()]).toEqual([
      200,
      {
        caliper_maximum_payload_size: 8192,
        caliper_supported_versions: CALIPER_VERSIONS,
        caliper_supported_extensions: { endpoint_name: 'Homeroom' },
      },
    ])
  })

  test('tells nothing to who may not send', async () => {
    expect((await get({})).statusCode).toBe(401)
    expect((await get({ authorization: 'Bearer forum' })).statusCode).toBe(403)
  })
})

describe('live events of Canvas', () => {
  test.each(canvasEvents.map(event => [event[0], event] as const))('%s is taken', async (_, event) => {
    expect(await send(canvasEnvelope(event, ID(1)))).toEqual({
      status: 200,
      answer: { accepted: 1, described: 0, refused: [] },
    })
    const [record] = await ingest.records()
    expect(record).toMatchObject({
      id: ID(1),
      kind: event[5],
      section: 'urn:instructure:canvas:course:21070000000000144',
    })
    const text = (await ingest.text('records')) + (await ingest.text('dead-letters'))
    expect(text).not.toMatch(/canvas:user|sis-7|@example\.org/)
  })

  test('a quiz handed in is the quiz done by its student; without the mark of Canvas it is refused', async () => {
    const submitted = canvasEvents.find(([name]) => name === 'quiz_submitted')!
    const sent = canvasEnvelope(submitted, ID(1))
    await send(sent)
    expect(await ingest.records()).toMatchObject([
      {
        kind: 'completed',
        object: 'urn:instructure:canvas:quiz:2',
        objectType: 'Assessment',
        actor: { role: 'student' },
      },
    ])
    const [event] = sent.data as Json[]
    const { answer } = await send({ ...sent, data: [{ ...event, extensions: {} }] })
    expect(answer.refused.map(({ path }) => path)).toEqual(['data[0].object.type'])
  })
})

describe('Blackboard Learn', () => {
  test('ids that are UUIDs alone and types of its own vocabulary are taken', async () => {
    const context = [
      'http://caliper.blackboard.com/ctx/caliper/v1/Context',
      'http://purl.imsglobal.org/ctx/caliper/v1p1',
    ]
    const launch = {
      '@context': context,
      type: 'http://caliper.blackboard.com/caliper/v1/LTIEvent',
      id: ID(1),
      actor: { ...anEntity('Person'), extensions: { 'bb:user.id': '_1_1' } },
      action: 'LoggedIn',
      object: {
        '@context': context,
        type: 'http://caliper.blackboard.com/caliper/v1/LTILaunchInfo',
        id: 'https://learn.example.org/1',
        name: '',
      },
      eventTime: '2026-03-02T13:59:00.000Z',
    }
    const view = { ...events.find(({ type }) => type === 'ViewEvent'), profile: undefined, id: ID(2) }
    expect((await send(envelope([launch, view]))).answer).toMatchObject({ accepted: 2, refused: [] })
    expect((await ingest.records()).map(({ id }) => id).sort()).toEqual([ID(1), ID(2)])
  })
})
