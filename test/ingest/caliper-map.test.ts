import { describe, expect, test } from 'vitest'
import { normalCaliper } from '../../ingest/map/caliper-normal.ts'
import { fromCaliper } from '../../ingest/map/from-caliper.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import type { CaliperEvent } from '../../schemas/caliper.ts'
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

describe('an event of Caliper', () => {
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
    ['MessageEvent', 'Posted', 'collaborated'],
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

  test('the length of a video is no time spent on it, and a grade takes none of who is graded', () => {
    const object = { id: 'urn:v', type: 'VideoObject', duration: 'PT20M' }
    expect(mapped({ type: 'MediaEvent', action: 'Ended', object }).durationMs).toBeUndefined()
    const attempt = { id: 'urn:at', type: 'Attempt', duration: 'PT20M' }
    expect(mapped({ type: 'GradeEvent', action: 'Graded', object: attempt }).durationMs).toBeUndefined()
    expect(mapped({ type: 'AssessmentEvent', action: 'Submitted', generated: attempt }).durationMs).toBe(1_200_000)
  })

  test('what is attempted is the object, not the attempt', () => {
    const object = { id: 'urn:at', type: 'Attempt', count: 3, assignable: { id: 'urn:quiz', type: 'Assessment' } }
    const graded = { type: 'GradeEvent', action: 'Graded' }
    expect(mapped({ ...graded, object })).toMatchObject({ object: 'urn:quiz', objectType: 'Assessment', attempt: 3 })
    expect(mapped({ ...graded, object: { ...object, assignable: 'urn:quiz' } }).object).toBe('urn:quiz')
    expect(mapped({ ...graded, object: 'urn:at' }).object).toBe('urn:at')
  })

  test('without a maximum of its own a result is measured by that of the assessment', () => {
    const object = { id: 'urn:at', type: 'Attempt', assignable: { id: 'urn:quiz', type: 'Assessment', maxScore: 4 } }
    const generated = { id: 'urn:r', type: 'Result', totalScore: 3 }
    expect(mapped({ type: 'OutcomeEvent', action: 'Graded', object, generated }).score).toBe(0.75)
  })

  test("a session that a program ends is its user's", () => {
    const object = { id: 'urn:s', type: 'Session', user: 'https://lms.example.org/users/kim' }
    const actor = { id: 'urn:app', type: 'SoftwareApplication' }
    expect(mapped({ type: 'SessionEvent', action: 'TimedOut', actor, object }).actor.id).toBe(kim)
  })

  test.each<[string, Record<string, unknown>]>([
    [
      'to whose message is replied',
      {
        type: 'MessageEvent',
        action: 'Posted',
        object: {
          id: 'urn:m2',
          type: 'Message',
          replyTo: {
            id: 'urn:m1',
            type: 'Message',
            creators: [{ id: 'https://lms.example.org/users/t', type: 'Person' }],
          },
        },
      },
    ],
    [
      'with whom is shared',
      {
        type: 'AnnotationEvent',
        action: 'Shared',
        object: 'urn:d',
        generated: { id: 'urn:s', type: 'SharedAnnotation', withAgents: ['https://lms.example.org/users/t'] },
      },
    ],
    [
      'whose work is commented on',
      {
        type: 'FeedbackEvent',
        action: 'Commented',
        object: { id: 'urn:d', type: 'Document', creators: ['https://lms.example.org/users/t'] },
      },
    ],
  ])('who is a counterpart: %s', (_who, changes) => {
    expect(mapped(changes).counterparts.map(({ id }) => id)).toEqual([teacher])
  })

  test('anonymous persons of two events are not one person', () => {
    const actor = { id: 'http://purl.imsglobal.org/caliper/Person', type: 'Person' }
    const other = 'urn:uuid:fd41c918-b88b-4b20-a0a5-a4c32391aaa1'
    expect(mapped({ actor }).actor.id).toBe(mapped({ actor }).actor.id)
    expect(mapped({ actor }).actor.id).not.toBe(mapped({ actor, id: other }).actor.id)
    expect(mapped({ actor: '_:b0' }).actor.id).not.toBe(mapped({ actor: '_:b0', id: other }).actor.id)
  })

  test.each([
    [['Learner'], 'student'],
    [['Mentor#Advisor'], 'adviser'],
    [['Mentor#Tutor'], 'tutor'],
    [['Mentor'], 'mentor'],
    [['Instructor#TeachingAssistant'], 'teacher'],
    [['http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader'], 'teacher'],
    [['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'], 'student'],
    [['Administrator'], 'staff'],
    [['Member'], 'unknown'],
    [[], 'unknown'],
  ])('the roles %j are %s', (roles, role) => {
    const member = 'https://lms.example.org/users/kim'
    expect(mapped({ membership: { id: 'urn:m', type: 'Membership', member, roles } }).actor.role).toBe(role)
  })

  test.each<[string, string, unknown, string]>([
    ['Created', 'a course', { id: 'urn:c', type: 'CourseOffering' }, 'noted'],
    ['Created', 'something of no type', { id: 'urn:c', type: 'Entity' }, 'noted'],
    ['Created', 'a document', { id: 'urn:c', type: 'Document' }, 'collaborated'],
    ['Created', 'a discussion', { id: 'urn:c', type: 'Thread' }, 'collaborated'],
    [
      'Modified',
      'an own attempt',
      { id: 'urn:c', type: 'Attempt', assignee: 'https://lms.example.org/users/kim' },
      'completed',
    ],
    ['Modified', 'the attempt of another', { id: 'urn:c', type: 'Attempt', assignee: 'urn:x' }, 'noted'],
    ['Completed', 'anything', { id: 'urn:c', type: 'Entity' }, 'completed'],
    ['Added', 'anything', { id: 'urn:c', type: 'Entity' }, 'noted'],
  ])('a plain event %s of %s is of the kind it says', (action, _what, object, kind) => {
    expect(mapped({ type: 'Event', action, object }).kind).toBe(kind)
  })

  test('what objects inherit is no action and no type', () => {
    expect(mapped({ type: 'constructor', action: 'toString' }).kind).toBe('other')
  })

  test('1.0: terms lose their IRI, seconds are a duration, what was renamed has its new name', () => {
    const old = {
      '@type': 'http://purl.imsglobal.org/caliper/v1/Attempt',
      actor: 'urn:kim',
      duration: 90,
      roles: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner', 'urn:own'],
      selection: { start: '455', end: '489' },
      alignedLearningObjective: [{ '@id': 'urn:o' }],
      extensions: { '@id': 'stays' },
    }
    expect(normalCaliper(old)).toEqual({
      type: 'Attempt',
      assignee: 'urn:kim',
      duration: 'PT90S',
      roles: ['Learner', 'urn:own'],
      selection: { start: 455, end: 489 },
      learningObjectives: [{ id: 'urn:o' }],
      extensions: { '@id': 'stays' },
    })
  })
})
