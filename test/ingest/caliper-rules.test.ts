import { describe, expect, test } from 'vitest'
import { eventFaults, isEvent } from '../../ingest/receive/caliper-check.ts'
import { CALIPER_EVENT_TYPES, CALIPER_PROFILES } from '../../schemas/caliper-events.ts'
import { anEntity, anEvent, interactions, type Interaction } from './caliper-examples.ts'

type Json = Record<string, unknown>

const paths = (faults: { path: string }[]): string[] => faults.map(({ path }) => path)
const named = ({ type, action, entities }: Interaction): string => `${type} ${action}, ${entities.object}`

describe('every interaction of the metric profiles', () => {
  test.each(interactions.map(interaction => [named(interaction), interaction] as const))(
    '%s is taken',
    (_, example) => {
      const event = anEvent(example)
      expect(isEvent(event)).toBe(true)
      expect(eventFaults(event, 0)).toEqual([])
      const { profile: _profile, ...unprofiled } = event
      expect(eventFaults(unprofiled, 0)).toEqual([])
      const thinned = Object.entries(event).map(([key, value]) => [key, (value as Json).id ?? value])
      expect(eventFaults(Object.fromEntries(thinned) as Json, 0)).toEqual([])
    },
  )

  test.each(interactions.map(interaction => [named(interaction), interaction] as const))(
    '%s with an entity of a wrong type is refused there',
    (_, example) => {
      for (const name of ['edApp', 'group', 'membership', 'session', ...Object.keys(example.entities)]) {
        if (example.type === 'Event' && name !== 'actor' && !isContext(name)) continue
        if (name === 'object' && ['FeedbackEvent', 'SearchEvent'].includes(example.type)) continue
        if (name === 'referrer' && !['NavigationEvent', 'SessionEvent'].includes(example.type)) continue
        const { profile: _profile, ...event } = anEvent(example)
        const faults = eventFaults({ ...event, [name]: anEntity('LearningObjective') }, 4)
        expect(paths(faults), name).toEqual([`data[4].${name}.type`])
        expect(faults[0]!.reason).toMatch(/^data\[4\]\.\w+\.type is LearningObjective, expected [A-Z]/)
      }
    },
  )

  test.each(interactions.map(interaction => [named(interaction), interaction] as const))(
    '%s with an action of another event is refused there',
    (_, example) => {
      const action = example.type === 'Event' ? 'Juggled' : example.type === 'MessageEvent' ? 'Graded' : 'Posted'
      const { generated: _generated, ...event } = anEvent(example)
      expect(paths(eventFaults({ ...event, action }, 0))).toContain('data[0].action')
    },
  )

  test('the examples are of every event type, every profile and every action', () => {
    const old = ['OutcomeEvent', 'ReadingEvent']
    const seen = new Set(interactions.map(({ type }) => type))
    expect(Object.keys(CALIPER_EVENT_TYPES).filter(type => !seen.has(type))).toEqual(old)
    const profiles = new Set(interactions.map(({ profile }) => profile))
    expect(Object.keys(CALIPER_PROFILES).filter(profile => !profiles.has(profile))).toEqual([
      'AssessmentItemProfile',
      'BasicProfile',
      'OutcomeProfile',
    ])
  })
})

const isContext = (name: string): boolean => ['edApp', 'group', 'membership', 'session'].includes(name)

const event = (changes: Json): Json => ({
  ...anEvent(interactions.find(({ type, action }) => type === 'AssessmentItemEvent' && action === 'Completed')!),
  ...changes,
})

describe('an event', () => {
  test.each<[string, Json, string]>([
    ['no id', { id: undefined }, 'id'],
    ['an id that is null', { id: null }, 'id'],
    ['an id that is no UUID', { id: 'urn:uuid:7' }, 'id'],
    ['an id that is an address', { id: 'https://lms.example.org/7' }, 'id'],
    ['no type', { type: undefined }, 'type'],
    ['an unknown type', { type: 'LunchEvent' }, 'type'],
    ['a type that objects inherit', { type: 'constructor' }, 'type'],
    ['no actor', { actor: undefined }, 'actor'],
    ['an actor that is null', { actor: null }, 'actor'],
    ['an empty actor', { actor: '' }, 'actor'],
    ['an actor of nothing', { actor: {} }, 'actor'],
    ['an actor without type', { actor: { id: 'urn:a' } }, 'actor.type'],
    ['an actor without id', { actor: { type: 'Person' } }, 'actor.id'],
    ['an actor that is no IRI', { actor: 'kim' }, 'actor'],
    ['an actor that is a list', { actor: [anEntity('Person')] }, 'actor'],
    ['no action', { action: undefined }, 'action'],
    ['an action that objects inherit', { action: 'constructor' }, 'action'],
    ['an action that is an IRI', { action: 'https://example.org/verbs/completed' }, 'action'],
    ['no object', { object: undefined }, 'object'],
    ['no time', { eventTime: undefined }, 'eventTime'],
    ['a time in words', { eventTime: 'Monday' }, 'eventTime'],
    ['a day for a time', { eventTime: '2026-03-02' }, 'eventTime'],
    ['a time that is a number', { eventTime: 1_772_460_000 }, 'eventTime'],
    ['extensions that are a list', { extensions: [] }, 'extensions'],
    ['extensions that are an IRI', { extensions: 'https://example.org' }, 'extensions'],
    ['an unknown profile', { profile: 'LunchProfile' }, 'profile'],
    ['the profile of another event', { profile: 'MediaProfile' }, 'profile'],
    [
      'a response that has an attempt of a wrong type',
      { generated: { ...anEntity('Response'), attempt: anEntity('Score') } },
      'generated.attempt.type',
    ],
    ['an attempt where the answer is due', { generated: anEntity('Attempt') }, 'generated.type'],
    ['a session for a federated session', { federatedSession: anEntity('Session') }, 'federatedSession.type'],
    [
      'an unknown role',
      { membership: { ...anEntity('Membership'), roles: ['Learner', 'Hall Monitor'] } },
      'membership.roles[1]',
    ],
    ['a role that is no list', { membership: { ...anEntity('Membership'), roles: 'Learner' } }, 'membership.roles'],
    ['the context of another vocabulary', { '@context': 'https://example.org/context' }, '@context'],
    ['a list of contexts without that of Caliper', { '@context': ['https://example.org/context'] }, '@context'],
  ])('with %s is refused there', (_what, changes, path) => {
    expect(paths(eventFaults(event(changes), 3))).toEqual([`data[3].${path}`])
  })

  test.each<[string, Json]>([
    ['optional properties that are null or empty', { generated: {}, target: '', group: null, profile: null }],
    ['properties of its own', { extra: { id: 7 } }],
    ['a UUID alone for an id', { id: 'FD41C918-B88B-4B20-A0A5-A4C32391AAA0' }],
    ['a subrole', { membership: { ...anEntity('Membership'), roles: ['Instructor#Grader', 'Mentor#Tutor'] } }],
    [
      'a role of LIS by its IRI',
      {
        membership: { ...anEntity('Membership'), roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'] },
      },
    ],
    ['the address of a page as a browser wrote it', { referrer: 'https://lms.example.org/?q={x}|y' }],
    ['a program named by its host', { edApp: 'www.canvaslms.com' }],
    ['the context of 1.1', { '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p1' }],
    [
      'the context of a profile of 1.1',
      { '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p1/SurveyProfile-extension' },
    ],
    ['no context', { '@context': undefined }],
    [
      'contexts of others before that of Caliper',
      { '@context': ['https://schema.org', 'http://purl.imsglobal.org/ctx/caliper/v1p2'] },
    ],
    ['a context of its own making', { '@context': { id: '@id', type: '@type' } }],
    ['times of another zone', { eventTime: '2026-03-02T08:59:00-05:00' }],
    ['an entity type of another vocabulary', { object: { id: 'urn:x', type: 'https://schema.org/Thesis' } }],
  ])('with %s is taken', (_what, changes) => {
    expect(eventFaults(event(changes), 0)).toEqual([])
  })

  test('a term of another vocabulary is taken where the context names that vocabulary, and only there', () => {
    const object = { id: 'urn:x', type: 'Thesis' }
    const plain = event({ type: 'Event', profile: undefined, object, action: 'Defended' })
    expect(paths(eventFaults(plain, 0))).toEqual(['data[0].action', 'data[0].object.type'])
    const context = ['https://schema.org', 'http://purl.imsglobal.org/ctx/caliper/v1p2']
    expect(eventFaults({ ...plain, '@context': context }, 0)).toEqual([])
  })

  test('a copy names what was copied, a launch the session it came from', () => {
    const copied = interactions.find(({ action }) => action === 'Copied')!
    expect(paths(eventFaults({ ...anEvent(copied), generated: undefined }, 0))).toEqual(['data[0].generated'])
    const launched = interactions.find(({ action }) => action === 'Launched')!
    expect(paths(eventFaults({ ...anEvent(launched), federatedSession: null }, 0))).toEqual([
      'data[0].federatedSession',
    ])
  })

  test('a profile has types of its own for what is viewed', () => {
    const viewed = { ...anEvent(interactions.find(({ type }) => type === 'ViewEvent')!), object: anEntity('Document') }
    const [fault] = eventFaults({ ...viewed, profile: 'ForumProfile' }, 0)
    expect(fault).toMatchObject({
      path: 'data[0].object.type',
      got: 'Document',
      expected: 'Forum or Message or Thread, as the ForumProfile says of a ViewEvent',
    })
  })

  test('more than twenty faults are told as twenty', () => {
    const creators = Array.from({ length: 500 }, () => 7)
    expect(eventFaults(event({ object: { ...anEntity('AssessmentItem'), creators } }), 0)).toHaveLength(20)
  })
})
