import { describe, expect, test } from 'vitest'
import { fromCaliper, normalCaliper } from '../../ingest/map/from-caliper.ts'
import { fromInteraction } from '../../ingest/map/from-interaction.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { eventFaults } from '../../ingest/receive/caliper.ts'
import type { CaliperEvent } from '../../schemas/caliper.ts'
import { Interaction } from '../../schemas/interaction.ts'
import { EXTENSIONS } from '../../schemas/xapi.ts'
import { NOW, SECRETS } from './start-ingest.ts'

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const CONTEXT = {
  id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
  source: 'reader',
  storedAt: new Date(NOW).toISOString(),
  window: windowOf(NOW),
  pseudonymise,
}
const kim = pseudonymise('caliper', 'https://lms.example.org/users/kim')
const teacher = pseudonymise('caliper', 'https://lms.example.org/users/t')

function event(changes: Record<string, unknown> = {}): CaliperEvent {
  return {
    id: 'urn:uuid:fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
    type: 'AssessmentItemEvent',
    actor: { id: 'https://lms.example.org/users/kim', type: 'Person' },
    action: 'Completed',
    object: { id: 'https://lms.example.org/items/7', type: 'AssessmentItem' },
    eventTime: '2026-03-02T13:59:00.000Z',
    ...changes,
  } as CaliperEvent
}
const mapped = (changes: Record<string, unknown> = {}) => fromCaliper(event(changes), CONTEXT)

describe('Caliper', () => {
  test('a completed item is an answer of its actor', () => {
    expect(mapped()).toEqual({
      id: CONTEXT.id,
      source: 'reader',
      standard: 'caliper',
      occurredAt: '2026-03-02T13:59:00.000Z',
      storedAt: '2026-03-02T14:00:00.000Z',
      timely: true,
      actor: { id: kim, role: 'unknown' },
      counterparts: [],
      kind: 'answered',
      mode: 'individual',
      verb: 'Completed',
      object: 'https://lms.example.org/items/7',
      objectType: 'AssessmentItem',
    })
  })

  test.each([
    ['NavigationEvent', 'NavigatedTo', 'viewed'],
    ['ViewEvent', 'Viewed', 'viewed'],
    ['AssessmentEvent', 'Started', 'started'],
    ['AssessmentEvent', 'Submitted', 'completed'],
    ['AssignableEvent', 'Reviewed', 'viewed'],
    ['MessageEvent', 'Posted', 'messaged'],
    ['SessionEvent', 'LoggedIn', 'noted'],
    ['FeedbackEvent', 'Commented', 'gave-feedback'],
    ['Event', 'Highlighted', 'viewed'],
    ['Event', 'Juggled', 'other'],
  ])('%s, %s is of the kind %s', (type, action, kind) => {
    expect(mapped({ type, action }).kind).toBe(kind)
  })

  test('an actor by reference is the same person as the whole of it; an address is an address', () => {
    expect(mapped({ actor: 'https://lms.example.org/users/kim' }).actor.id).toBe(kim)
    expect(mapped({ actor: 'mailto:Kim@example.org' }).actor.id).toBe(pseudonymise('mbox', 'kim@example.org'))
  })

  test('the role of the actor comes from its membership', () => {
    const membership = {
      id: 'urn:m',
      type: 'Membership',
      member: 'https://lms.example.org/users/kim',
      roles: ['Learner'],
    }
    expect(mapped({ membership }).actor.role).toBe('student')
    expect(mapped({ membership: { ...membership, roles: ['Instructor'] } }).actor.role).toBe('teacher')
    expect(mapped({ membership: { ...membership, member: 'https://lms.example.org/users/other' } }).actor.role).toBe(
      'unknown',
    )
  })

  test('a grade by a program is a record of the person graded; by a person, of both', () => {
    const object = {
      id: 'urn:at',
      type: 'Attempt',
      assignee: { id: 'https://lms.example.org/users/kim', type: 'Person' },
    }
    const generated = { id: 'urn:s', type: 'Score', scoreGiven: 7.5, maxScore: 10 }
    const grade = { type: 'GradeEvent', action: 'Graded', object, generated }
    expect(mapped({ ...grade, actor: { id: 'urn:app', type: 'SoftwareApplication' } })).toMatchObject({
      kind: 'scored',
      actor: { id: kim },
      counterparts: [],
      score: 0.75,
    })
    expect(mapped({ ...grade, actor: 'https://lms.example.org/users/t' })).toMatchObject({
      actor: { id: teacher },
      counterparts: [{ id: kim, role: 'student' }],
    })
  })

  test('time spent is the duration of what was generated, or from its start to its end; nothing for what only starts', () => {
    const generated = {
      id: 'urn:r',
      type: 'Response',
      startedAtTime: '2026-03-02T13:58:00Z',
      endedAtTime: '2026-03-02T13:59:00Z',
    }
    expect(mapped({ generated: { ...generated, duration: 'PT30S' } }).durationMs).toBe(30_000)
    expect(mapped({ generated }).durationMs).toBe(60_000)
    expect(mapped({ generated, action: 'Started' }).durationMs).toBeUndefined()
    expect(mapped({ generated: { ...generated, duration: '-PT5S' } }).durationMs).toBeUndefined()
    const session = { id: 'urn:s', type: 'Session', duration: 'PT5M' }
    expect(mapped({ type: 'SessionEvent', action: 'LoggedOut', object: session }).durationMs).toBe(300_000)
  })

  test('section, attempt, skills and the extensions are taken over', () => {
    const extensions = { [EXTENSIONS.choice]: 'chosen', [EXTENSIONS.subject]: 'math', [EXTENSIONS.skills]: 'math.7' }
    const generated = { id: 'urn:r', type: 'Response', attempt: { id: 'urn:a', type: 'Attempt', count: 2 } }
    const group = { id: 'urn:section:7', type: 'CourseSection' }
    expect(mapped({ extensions, generated, group })).toMatchObject({
      choice: 'chosen',
      subject: 'math',
      skills: ['math.7'],
      section: 'urn:section:7',
      attempt: 2,
    })
    expect(mapped({ extensions: { [EXTENSIONS.section]: 'class-7' }, group }).section).toBe('class-7')
    expect(mapped({ group: { id: 'urn:team', type: 'Group' } })).toMatchObject({ team: 'urn:team' })
  })

  test('a person as the object is a counterpart, by pseudonym', () => {
    const object = { id: 'https://lms.example.org/users/t', type: 'Person', name: 'T' }
    expect(mapped({ type: 'MessageEvent', action: 'Posted', object })).toMatchObject({
      object: teacher,
      counterparts: [{ id: teacher }],
    })
  })

  test('an event of 1.0 is brought into the form of 1.1', () => {
    const old = {
      '@type': 'http://purl.imsglobal.org/caliper/v1/NavigationEvent',
      actor: { '@id': 'https://lms.example.org/users/kim', '@type': 'http://purl.imsglobal.org/caliper/v1/lis/Person' },
      action: 'http://purl.imsglobal.org/vocab/caliper/v1/action#NavigatedTo',
      object: { '@id': 'urn:p', '@type': 'http://purl.imsglobal.org/caliper/v1/WebPage' },
    }
    expect(normalCaliper(old)).toEqual({
      type: 'NavigationEvent',
      actor: { id: 'https://lms.example.org/users/kim', type: 'Person' },
      action: 'NavigatedTo',
      object: { id: 'urn:p', type: 'WebPage' },
    })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['no id', { id: undefined }, 'id'],
    ['an id that is no URN of a UUID', { id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0' }, 'id'],
    ['no type', { type: undefined }, 'type'],
    ['an unknown type', { type: 'LunchEvent' }, 'type'],
    ['no actor', { actor: undefined }, 'actor'],
    ['an actor without type', { actor: { id: 'urn:a' } }, 'actor.type'],
    ['an actor that is no IRI', { actor: 'kim' }, 'actor'],
    ['no action', { action: undefined }, 'action'],
    ['an action of another type', { action: 'NavigatedTo' }, 'action'],
    ['an action that objects inherit', { action: 'constructor' }, 'action'],
    ['no object', { object: undefined }, 'object'],
    ['no time', { eventTime: undefined }, 'eventTime'],
    ['time in words', { eventTime: 'Monday' }, 'eventTime'],
    ['a generated entity without id', { generated: { type: 'Response' } }, 'generated.id'],
    ['extensions that are a list', { extensions: [] }, 'extensions'],
  ])('an event with %s is refused there', (_what, changes, path) => {
    expect(eventFaults(event(changes), 3).map(fault => fault.path)).toEqual([`data[3].${path}`])
  })

  test('a valid event has no fault', () => {
    expect(eventFaults(event(), 0)).toEqual([])
    expect(
      eventFaults(event({ profile: 'AssessmentProfile', edApp: 'https://app.example.org', extra: null }), 0),
    ).toEqual([])
  })
})

describe('interactions', () => {
  const row = (changes: Record<string, unknown> = {}) =>
    fromInteraction(
      Interaction.parse({
        at: '2026-03-02T08:45:00-05:00',
        kind: 'met',
        minutes: 15,
        participants: [
          { id: 't-1', idType: 'sourcedId', role: 'adviser' },
          { id: 's-1', idType: 'sourcedId', role: 'student' },
        ],
        ...changes,
      }),
      CONTEXT,
    )
  const [t1, s1] = ['t-1', 's-1'].map(id => pseudonymise('sourcedId', id))

  test('the first participant is the actor, the time is the end, the minutes reach back', () => {
    expect(row()).toEqual({
      id: CONTEXT.id,
      source: 'reader',
      standard: 'interaction',
      occurredAt: '2026-03-02T13:45:00.000Z',
      storedAt: '2026-03-02T14:00:00.000Z',
      timely: true,
      actor: { id: t1, role: 'adviser' },
      counterparts: [{ id: s1, role: 'student' }],
      kind: 'met',
      mode: 'adult',
      verb: 'met',
      object: '',
      durationMs: 900_000,
    })
  })

  test.each([
    [['student', 'student'], 'peer'],
    [['student', 'teacher'], 'adult'],
    [['student', 'student', 'teacher'], 'group'],
    [['unknown', 'student'], undefined],
  ])('without a mode the roles %j say %s', (roles, mode) => {
    const participants = roles.map((role, i) => ({ id: `p-${i}`, idType: 'sourcedId', role }))
    expect(row({ participants }).mode).toBe(mode)
  })

  test('the mode that is said stands', () => {
    expect(row({ mode: 'group' }).mode).toBe('group')
  })

  test.each([
    ['email', 'Kim@Example.org', 'mbox', 'kim@example.org'],
    ['username', 'kim', 'username', 'kim'],
    ['account:https://lms.example.org', 'kim', 'account', 'https://lms.example.org|kim'],
    ['caliper', 'https://lms.example.org/users/kim', 'caliper', 'https://lms.example.org/users/kim'],
    ['sourcedId', ' s-1 ', 'sourcedId', 's-1'],
  ])('a participant by %s is the person that other senders name so', (idType, id, type, value) => {
    expect(row({ participants: [{ id, idType, role: 'student' }] }).actor.id).toBe(pseudonymise(type, value))
  })

  test('a third of a minute is 20 seconds', () => {
    expect(row({ minutes: 1 / 3 }).durationMs).toBe(20_000)
  })

  test.each<[string, Record<string, unknown>]>([
    ['no participants', { participants: [] }],
    ['a time in words', { at: 'after lunch' }],
    ['an unknown kind', { kind: 'waved' }],
    ['a kind that only the system writes', { kind: 'voided' }],
    ['negative minutes', { minutes: -15 }],
    ['an unknown role', { participants: [{ id: 's-1', idType: 'sourcedId', role: 'pupil' }] }],
    ['an empty id', { participants: [{ id: ' ', idType: 'sourcedId', role: 'student' }] }],
    ['an unknown property', { mood: 'good' }],
  ])('a row with %s is refused', (_what, changes) => {
    expect(() => row(changes)).toThrow()
  })
})
