import { describe, expect, test } from 'vitest'
import { fromXapi, type Mapped } from '../../ingest/map/from-xapi.ts'
import { lookupOf } from '../../ingest/map/lookup.ts'
import { pseudonymOf } from '../../ingest/map/participants.ts'
import { windowOf } from '../../ingest/map/times.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { EXTENSIONS, statementSchema } from '../../schemas/xapi.ts'
import { aStatement, NOW, SECRETS } from './start-ingest.ts'

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')
const KIM = { mbox: 'mailto:Kim@Example.org' }
const LEE = { mbox: 'mailto:lee@example.org' }
const [kim, lee, teacher] = ['kim@example.org', 'lee@example.org', 't@example.org'].map(address =>
  pseudonymise('mbox', address),
)
const INSTRUCTOR = { mbox: 'mailto:t@example.org' }

function mapped(changes: Record<string, unknown> = {}): Mapped {
  const statement = statementSchema('2.0.0').parse(JSON.parse(JSON.stringify(aStatement(changes))))
  return fromXapi(statement, {
    id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
    source: 'lms',
    storedAt: new Date(NOW).toISOString(),
    window: windowOf(NOW),
    identify: agent => pseudonymOf(agent, pseudonymise),
  })
}
const adl = (verb: string): object => ({ id: `http://adlnet.gov/expapi/verbs/${verb}` })

test('an answered item is a record of its actor, with all that it says', () => {
  expect(mapped()).toEqual({
    id: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa0',
    source: 'lms',
    standard: 'xapi',
    occurredAt: '2026-03-02T13:59:00.000Z',
    storedAt: '2026-03-02T14:00:00.000Z',
    timely: true,
    actor: { id: pseudonymise('account', 'https://lms.example.org|kim.example'), role: 'unknown' },
    counterparts: [],
    kind: 'answered',
    mode: 'individual',
    verb: 'http://adlnet.gov/expapi/verbs/answered',
    object: 'https://lms.example.org/activities/fractions-7',
    objectType: 'http://adlnet.gov/expapi/activities/cmi.interaction',
    durationMs: 90_000,
    score: 0.5,
    success: true,
  })
})

test.each([
  ['http://adlnet.gov/expapi/verbs/initialized', 'started'],
  ['http://adlnet.gov/expapi/verbs/attempted', 'started'],
  ['http://adlnet.gov/expapi/verbs/experienced', 'viewed'],
  ['http://adlnet.gov/expapi/verbs/progressed', 'viewed'],
  ['https://w3id.org/xapi/video/verbs/played', 'viewed'],
  ['http://adlnet.gov/expapi/verbs/passed', 'completed'],
  ['https://w3id.org/xapi/adl/verbs/satisfied', 'completed'],
  ['http://adlnet.gov/expapi/verbs/scored', 'scored'],
  ['http://adlnet.gov/expapi/verbs/asked', 'asked-help'],
  ['http://adlnet.gov/expapi/verbs/commented', 'gave-feedback'],
  ['https://homeroom.example/xapi/verbs/met-goal', 'goal-met'],
  ['https://example.org/verbs/juggled', 'other'],
])('the verb %s is of the kind %s', (verb, kind) => {
  expect(mapped({ verb: { id: verb } }).kind).toBe(kind)
})

test('the type of the activity can say more than the verb', () => {
  const meeting = { id: 'urn:m', definition: { type: 'http://adlnet.gov/expapi/activities/meeting' } }
  expect(mapped({ verb: adl('attended'), object: meeting }).kind).toBe('met')
  expect(mapped({ verb: adl('attended') }).kind).toBe('attended')
  const session = { id: 'urn:t', definition: { type: 'http://id.tincanapi.com/activitytype/tutor-session' } }
  expect(mapped({ verb: adl('attended'), object: session })).toMatchObject({ kind: 'met', mode: 'adult' })
})

test('a voiding statement names what it voids, in lower case', () => {
  const object = { objectType: 'StatementRef', id: 'FD41C918-B88B-4B20-A0A5-A4C32391AAA5' }
  const record = mapped({ verb: adl('voided'), object, result: undefined })
  expect(record).toMatchObject({
    kind: 'voided',
    voids: 'fd41c918-b88b-4b20-a0a5-a4c32391aaa5',
    objectType: 'StatementRef',
  })
  expect(record.mode).toBeUndefined()
})

describe('people', () => {
  test('an address has one pseudonym in any case', () => {
    expect(mapped({ actor: KIM }).actor.id).toBe(kim)
  })

  test('of a group the first member by pseudonym is the actor, the others are counterparts', () => {
    const [first, second] = [kim!, lee!].sort()
    for (const member of [
      [KIM, LEE],
      [LEE, KIM],
      [KIM, LEE, KIM],
    ]) {
      const record = mapped({ actor: { objectType: 'Group', member } })
      expect(record.actor.id).toBe(first)
      expect(record.counterparts).toEqual([{ id: second, role: 'unknown' }])
      expect(record.mode).toBe('group')
    }
  })

  test('an identified group is the team; without members it is its own actor', () => {
    const group = { objectType: 'Group', mbox: 'mailto:team@example.org' }
    const team = pseudonymise('mbox', 'team@example.org')
    expect(mapped({ actor: { ...group, member: [KIM] } })).toMatchObject({ actor: { id: kim }, team })
    expect(mapped({ actor: group })).toMatchObject({ actor: { id: team }, team, counterparts: [] })
    expect(mapped({ context: { team: { ...group, member: [LEE] } } })).toMatchObject({
      team,
      mode: 'group',
      counterparts: [{ id: lee }],
    })
  })

  test('an instructor is a counterpart, and does not make individual work a contact', () => {
    const record = mapped({ context: { instructor: INSTRUCTOR } })
    expect(record.counterparts).toEqual([{ id: teacher, role: 'teacher' }])
    expect(record.mode).toBe('individual')
  })

  test('a meeting with an instructor is with an adult; with the role that the sender says', () => {
    const extensions = { [EXTENSIONS.role]: 'student', [EXTENSIONS.instructorRole]: 'adviser' }
    expect(
      mapped({
        verb: { id: 'http://id.tincanapi.com/verb/talked-with' },
        context: { instructor: INSTRUCTOR, extensions },
      }),
    ).toMatchObject({
      kind: 'met',
      mode: 'adult',
      actor: { role: 'student' },
      counterparts: [{ id: teacher, role: 'adviser' }],
    })
  })

  test('an agent as the object is a counterpart, and its pseudonym the object', () => {
    const record = mapped({ verb: adl('commented'), object: { objectType: 'Agent', ...LEE }, actor: KIM })
    expect(record).toMatchObject({ object: lee, objectType: 'Agent', counterparts: [{ id: lee, role: 'unknown' }] })
  })

  const contextAgent = (agent: object, ...relevantTypes: string[]): object => ({
    objectType: 'contextAgent',
    agent,
    ...(relevantTypes.length > 0 && { relevantTypes }),
  })
  const contextGroup = (group: object, ...relevantTypes: string[]): object => ({
    objectType: 'contextGroup',
    group: { objectType: 'Group', ...group },
    relevantTypes,
  })

  test('context agents are counterparts, in the roles that their types name', () => {
    const contextAgents = [
      contextAgent(INSTRUCTOR, 'https://example.org/types/observed', 'https://example.org/types#Instructor'),
      contextAgent(LEE),
      contextAgent(KIM, 'urn:example:learner'),
    ]
    expect(mapped({ actor: KIM, context: { contextAgents } })).toMatchObject({
      mode: 'individual',
      counterparts: [
        { id: teacher, role: 'teacher' },
        { id: lee, role: 'unknown' },
      ].sort((a, b) => (a.id! < b.id! ? -1 : 1)),
    })
  })

  test.each([
    ['https://example.org/types/tutor', 'tutor'],
    ['https://example.org/types/virtualTutor', 'virtual-tutor'],
    ['https://example.org/types/virtual_tutor/', 'virtual-tutor'],
    ['https://example.org/types#Advisor', 'adviser'],
    ['urn:example:parent', 'family'],
    ['https://homeroom.example/xapi/roles/community', 'community'],
    ['https://tutor.example.org/types/quarterback', 'unknown'],
    ['https://example.org/types/unknown', 'unknown'],
  ])('the type %s names the role %s', (type, role) => {
    const record = mapped({ context: { contextAgents: [contextAgent(LEE, type)] } })
    expect(record.counterparts).toEqual([{ id: lee, role }])
  })

  test('a meeting with a context agent who is an adviser is with an adult', () => {
    const record = mapped({
      actor: KIM,
      verb: { id: 'http://id.tincanapi.com/verb/talked-with' },
      context: { contextAgents: [contextAgent(INSTRUCTOR, 'https://example.org/types/adviser')] },
    })
    expect(record).toMatchObject({ kind: 'met', mode: 'adult', counterparts: [{ id: teacher, role: 'adviser' }] })
  })

  test('members of context groups are counterparts; the group that is said to be the team is the team', () => {
    const [team, other] = ['team@example.org', 'other@example.org']
    const contextGroups = [
      contextGroup({ mbox: `mailto:${other}` }, 'https://example.org/types/opponents'),
      contextGroup({ mbox: `mailto:${team}`, member: [KIM, LEE] }, 'https://example.org/types/team'),
    ]
    expect(mapped({ actor: KIM, context: { contextGroups } })).toMatchObject({
      team: pseudonymise('mbox', team!),
      mode: 'group',
      counterparts: [{ id: lee, role: 'unknown' }],
    })
    const opponents = mapped({ actor: KIM, context: { contextGroups: contextGroups.slice(0, 1) } })
    expect(opponents).toMatchObject({ mode: 'individual', counterparts: [] })
    expect(opponents).not.toHaveProperty('team')
  })

  test('a statement is found by its context agents and groups and their members, in a SubStatement too', () => {
    const context = {
      contextAgents: [contextAgent(INSTRUCTOR, 'urn:tutor')],
      contextGroups: [contextGroup({ mbox: 'mailto:team@example.org', member: [LEE] }, 'urn:team')],
    }
    const object = { objectType: 'SubStatement', actor: KIM, verb: adl('asked'), object: { id: 'urn:a' }, context }
    const expected = [teacher, lee, pseudonymise('mbox', 'team@example.org')].sort()
    for (const changes of [{ context }, { object, actor: KIM }]) {
      const statement = statementSchema('2.0.0').parse(JSON.parse(JSON.stringify(aStatement(changes))))
      const found = lookupOf(statement, agent => pseudonymOf(agent, pseudonymise))
      expect([...found.relatedAgents!].sort()).toEqual(expected)
      expect(found).not.toHaveProperty('agents')
    }
  })

  test('nobody is their own counterpart', () => {
    expect(mapped({ actor: KIM, context: { instructor: KIM } }).counterparts).toEqual([])
  })

  test('at most 200 counterparts are kept', () => {
    const member = Array.from({ length: 300 }, (_, i) => ({ mbox: `mailto:s${i}@example.org` }))
    expect(mapped({ actor: { objectType: 'Group', member } }).counterparts).toHaveLength(200)
  })
})

describe('what the extensions say', () => {
  test('they are read from the context, the result and the definition, in this order', () => {
    const choice = (value: string): object => ({ extensions: { [EXTENSIONS.choice]: value } })
    const object = { id: 'urn:a', definition: choice('assigned') }
    expect(mapped({ object }).choice).toBe('assigned')
    expect(mapped({ object, result: choice('chosen') }).choice).toBe('chosen')
    expect(mapped({ object, result: choice('chosen'), context: choice('assigned') }).choice).toBe('assigned')
  })

  test('skills, subject, section, school, attempt and mode are taken over', () => {
    const extensions = {
      [EXTENSIONS.skills]: ['fractions', 'fractions', 7, 'decimals'],
      [EXTENSIONS.subject]: 'math',
      [EXTENSIONS.section]: 'class-7',
      [EXTENSIONS.school]: 'school-1',
      [EXTENSIONS.attempt]: 2,
      [EXTENSIONS.mode]: 'peer',
    }
    expect(mapped({ context: { extensions } })).toMatchObject({
      skills: ['fractions', 'decimals'],
      subject: 'math',
      section: 'class-7',
      school: 'school-1',
      attempt: 2,
      mode: 'peer',
    })
  })

  test('values that mean nothing are not said', () => {
    const extensions = {
      [EXTENSIONS.choice]: 'perhaps',
      [EXTENSIONS.attempt]: 0,
      [EXTENSIONS.mode]: 'alone',
      [EXTENSIONS.subject]: '',
      [EXTENSIONS.skills]: {},
    }
    const record = mapped({ context: { extensions } })
    expect(record).toMatchObject({ mode: 'individual' })
    for (const key of ['choice', 'attempt', 'subject', 'skills']) expect(record).not.toHaveProperty(key)
  })

  test('without a section the course among the related activities is it; objectives are skills', () => {
    const course = { id: 'urn:course', definition: { type: 'http://adlnet.gov/expapi/activities/course' } }
    const objective = { id: 'urn:skill', definition: { type: 'http://adlnet.gov/expapi/activities/objective' } }
    const record = mapped({ context: { contextActivities: { grouping: course, other: [objective] } } })
    expect(record).toMatchObject({ section: 'urn:course', skills: ['urn:skill'] })
  })
})

test.each([
  [{ scaled: 0.25 }, 0.25],
  [{ raw: 7, max: 10 }, 0.7],
  [{ raw: 15, min: 10, max: 20 }, 0.5],
  [{ raw: 7 }, undefined],
  [{}, undefined],
])('the score %j is %s', (score, expected) => {
  expect(mapped({ result: { score } }).score).toBe(expected)
})

test.each([
  ['PT0S', undefined],
  ['PT0.0001S', undefined],
  ['PT1.5S', 1500],
  ['P99999999999999Y', undefined],
])('the duration %s is %s milliseconds', (duration, expected) => {
  expect(mapped({ result: { duration } }).durationMs).toBe(expected)
})

test.each([
  ['2026-03-03T14:00:00.000Z', true],
  ['2026-03-03T14:00:00.001Z', false],
  ['2016-03-02T02:00:00.000Z', true],
  ['2016-03-01T02:00:00.000Z', false],
])('what happened at %s is timely: %s', (timestamp, timely) => {
  expect(mapped({ timestamp })).toMatchObject({ timely, occurredAt: timestamp })
})

test('without a timestamp it happened when it was stored', () => {
  expect(mapped({ timestamp: undefined })).toMatchObject({ occurredAt: '2026-03-02T14:00:00.000Z', timely: true })
})
