import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Entry, EventLog } from '../../infra/log/event-log.ts'
import type { Topic } from '../../infra/log/topics.ts'
import { Mapping } from '../../ingest/load/mapping.ts'
import type { Fix } from '../../ingest/redrive-fix.ts'
import { forgetDerived } from '../../processors/replay.ts'
import { logWith } from '../helpers/log-with.ts'
import { redriving } from './a-redrive.ts'
import { aStatement, JSON_HEADERS, NOW } from './start-ingest.ts'

const DAY_MS = 86_400_000
const at = redriving()

const BAD_SCORE = aStatement({ result: { score: { scaled: 50 } } })
const MEND_SCORE: Fix = [{ op: 'replace', path: '/result/score/scaled', value: 0.5 }]

describe('a statement', () => {
  test('that is still wrong stays a dead letter, with the reason of now', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    expect(await at.redriveAll()).toMatchObject({
      letters: 1,
      refused: 1,
      outcomes: [{ reason: expect.stringContaining('statement.result.score.scaled is 50') as unknown }],
    })
    expect(await at.counts()).toEqual({ stored: 0, duplicates: 0, dead: 1 })
  })

  test('that is mended is stored under its own id, once, however often it is redriven', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    const first = await at.redriveAll({ fix: MEND_SCORE })
    expect(first).toMatchObject({ letters: 1, stored: 1, outcomes: [{ records: [aStatement().id] }] })
    expect(await at.redriveAll({ fix: MEND_SCORE })).toMatchObject({ letters: 0 })
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 0, dead: 0 })
    expect(await at.letters('redriven')).toMatchObject([{ outcome: 'stored', records: [aStatement().id] }])
  })

  test('without an id or a time gets the same id at every try, and happened when it was received', async () => {
    const { id: _id, timestamp: _time, ...rest } = BAD_SCORE
    await at.ingest.post('/xapi/statements', rest)
    const tried = await at.redriveAll({ fix: MEND_SCORE, check: true })
    const done = await at.redriveAll({ fix: MEND_SCORE }, { now: NOW + DAY_MS })
    expect(done.outcomes).toEqual(tried.outcomes)
    expect(await at.ingest.records()).toMatchObject([
      { occurredAt: new Date(NOW).toISOString(), storedAt: new Date(NOW + DAY_MS).toISOString() },
    ])
  })

  test('that its sender has corrected and sent meanwhile is a duplicate', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    await at.ingest.post('/xapi/statements', aStatement({ result: { score: { scaled: 0.5 } } }))
    expect(await at.redriveAll({ fix: MEND_SCORE })).toMatchObject({ duplicate: 1, stored: 0 })
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 1, dead: 0 })
  })

  test('whose id has other content by now stays, and what is stored stays', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    await at.ingest.post('/xapi/statements', aStatement())
    const again = { ...aStatement({ result: { score: { scaled: 0.9 } } }) }
    expect((await at.ingest.post('/xapi/statements', again)).statusCode).toBe(409)
    const done = await at.redriveAll({ fix: [{ op: 'replace', path: '/result/score/scaled', value: 0.1 }] })
    expect(done).toMatchObject({ refused: 2, stored: 0 })
    expect(done.outcomes[0]!.reason).toMatch(/^RECORD_CONFLICT/)
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 0, dead: 2 })
  })

  test('of 2.0.0 that names no version is taken by the version that it fits', async () => {
    const headers = { ...JSON_HEADERS, 'x-experience-api-version': '2.0.0' }
    const contextAgents = [{ objectType: 'contextAgent', agent: { mbox: 'mailto:coach@example.org' } }]
    await at.ingest.post('/xapi/statements', { ...BAD_SCORE, context: { contextAgents } }, headers)
    expect(await at.redriveAll({ fix: MEND_SCORE })).toMatchObject({ stored: 1 })
    expect((await at.ingest.records())[0]!.counterparts).toHaveLength(1)
  })

  test('two letters that become the same record are one stored and one known already', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    await at.ingest.post('/xapi/statements', aStatement({ result: { score: { scaled: 60 } } }))
    expect(await at.redriveAll({ fix: MEND_SCORE })).toMatchObject({ stored: 1, duplicate: 1 })
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 1, dead: 0 })
  })

  test('a check stores nothing and says what would come of it', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    const before = [await at.ingest.text('identities'), await at.ingest.text('dead-letters')]
    expect(await at.redriveAll({ fix: MEND_SCORE, check: true })).toMatchObject({ stored: 1 })
    expect(await at.counts()).toEqual({ stored: 0, duplicates: 0, dead: 1 })
    expect([await at.ingest.text('identities'), await at.ingest.text('dead-letters')]).toEqual(before)
  })

  test('a fix whose test fails leaves the letter alone', async () => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    const fix: Fix = [{ op: 'test', path: '/verb/id', value: 'https://other.example' }, ...MEND_SCORE]
    expect(await at.redriveAll({ fix })).toMatchObject({ left: 1, stored: 0 })
  })
})

test.each([['records'], ['dead-letters']] as const)(
  'a redrive that is cut off while it appends to %s counts once when it is repeated',
  async topic => {
    await at.ingest.post('/xapi/statements', BAD_SCORE)
    await at.stored()
    await expect(at.redriveAll({ fix: MEND_SCORE }, { log: cutOff(at.ingest.log, topic) })).rejects.toThrow('cut off')
    expect(await at.redriveAll({ fix: MEND_SCORE }, { now: NOW + 5000 })).toMatchObject({ stored: 1, duplicate: 0 })
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 0, dead: 0 })
    expect(await at.count('events final where is_actor')).toBe(1)
  },
)

/** A log that takes what is appended to a topic and fails before it says so; of dead letters the note that it is done. */
function cutOff(log: EventLog, where: Topic): EventLog {
  const append = async (topic: Topic, entries: readonly Entry[]): Promise<void> => {
    if (topic === 'dead-letters' && where === topic && !entries.some(({ value }) => value!.includes('"begun"')))
      throw new Error('cut off')
    await log.append(topic, entries)
    if (topic === 'records' && where === topic) throw new Error('cut off')
  }
  return logWith(log, { append })
}

describe('every door', () => {
  test('Caliper: an item, and an envelope whose good items are stored and whose bad ones are new letters', async () => {
    const event = (id: string, changes: object = {}) => ({
      '@context': 'http://purl.imsglobal.org/ctx/caliper/v1p2',
      id: `urn:uuid:${id}`,
      type: 'NavigationEvent',
      actor: { id: 'https://lms.example.org/users/kim', type: 'Person' },
      action: 'NavigatedTo',
      object: { id: 'https://lms.example.org/pages/1', type: 'WebPage' },
      eventTime: '2026-03-02T13:00:00.000Z',
      ...changes,
    })
    const [a, b, c] = ['0000000a', '0000000b', '0000000c'].map(start => `${start}-1111-4111-8111-111111111111`) as [
      string,
      string,
      string,
    ]
    const envelope = (data: object[], more: object = {}) => ({
      sensor: 'https://lms.example.org/sensor',
      sendTime: '2026-03-02T13:00:01.000Z',
      dataVersion: 'http://purl.imsglobal.org/ctx/caliper/v1p2',
      data,
      ...more,
    })
    await at.ingest.post('/caliper/events', envelope([event(a, { eventTime: 'yesterday' })]))
    await at.ingest.post('/caliper/events', envelope([event(b), event(c, { action: 'Flew' })], { sendTime: 'today' }))
    const done = await at.redriveAll({
      fix: [
        { op: 'map', path: '/eventTime', values: { yesterday: '2026-03-01T13:00:00.000Z' } },
        { op: 'map', path: '/sendTime', values: { today: '2026-03-02T13:00:01.000Z' } },
      ],
    })
    expect(done).toMatchObject({ letters: 2, stored: 2 })
    expect(done.outcomes.flatMap(({ records }) => records).sort()).toEqual([a, b])
    const open = await at.letters('open')
    expect(open).toMatchObject([{ door: 'caliper', place: 'data[1]' }])
    expect(done.outcomes.flatMap(outcome => outcome.letters)).toEqual(open.map(({ id }) => id))
  })

  test('interactions as JSON, as JSON lines and as CSV', async () => {
    const row = {
      at: '2026-03-02T13:00:00Z',
      kind: 'met',
      participants: [{ id: 's-1', idType: 'sourcedId', role: 'studnet' }],
    }
    await at.ingest.post('/interactions', [row])
    await at.ingest.post('/interactions', `${JSON.stringify({ ...row, minutes: 5 })}\n{"at":`, {
      ...JSON_HEADERS,
      'content-type': 'application/x-ndjson',
    })
    await at.ingest.post(
      '/interactions',
      'at,kind,participants\n2026-03-02T13:00:00Z,met,student:sourcedId:s-1\nnoon,met,student:sourcedId:s-2\n',
      {
        ...JSON_HEADERS,
        'content-type': 'text/csv',
      },
    )
    const done = await at.redriveAll({
      fix: [
        { op: 'map', path: '/participants/0/role', values: { studnet: 'student' } },
        { op: 'map', path: '/at', values: { noon: '2026-03-02T17:00:00Z' } },
      ],
    })
    // Mended, the first says what the good row of the CSV says.
    expect(done).toMatchObject({ letters: 4, stored: 2, duplicate: 1, refused: 1 })

    expect(await at.counts()).toEqual({ stored: 3, duplicates: 1, dead: 1 })
  })

  test('an interaction without an id has the id that it would have had at first', async () => {
    const good = {
      at: '2026-03-02T13:00:00Z',
      kind: 'met',
      participants: [{ id: 's-1', idType: 'sourcedId', role: 'student' }],
    }
    await at.ingest.post('/interactions', [{ ...good, kind: 'meet' }])
    await at.ingest.post('/interactions', [good])
    expect(await at.redriveAll({ fix: [{ op: 'replace', path: '/kind', value: 'met' }] })).toMatchObject({
      duplicate: 1,
    })
  })

  test('rows of a mapped file, by the mapping file as it is now, and with the numbers of their rows', async () => {
    const block = {
      files: ['contacts.csv'],
      time: { text: '{ended}' },
      kind: '{what}',
      participants: [{ id: '{student}', idType: 'sourcedId', role: 'student' }],
      naturalKey: ['{#file}', '{#row}'],
    }
    const mapping = { source: 'contacts', interactions: [block] }
    const rows = 'ended,what,student\n2026-03-02T09:00:00-05:00,met,s-1\n2026-03-02T10:00:00-05:00,Treffen,s-2\n'
    await writeFile(join(at.folder, 'mapping.json'), JSON.stringify(mapping))
    await writeFile(join(at.folder, 'contacts.csv'), rows)
    await at.load('mapping.json')
    expect(await at.redriveAll()).toMatchObject({
      refused: 1,
      outcomes: [{ reason: expect.stringContaining('--mapping') as unknown }],
    })
    const kind = { from: '{what}', map: { Treffen: 'met' }, otherwise: '{what}' }
    const mended = { ...mapping, interactions: [{ ...block, kind }] }
    expect(await at.redriveAll({ mappings: [Mapping.parse(mended)] })).toMatchObject({ stored: 1 })
    // What the whole file gives by the mended mapping is known by now.
    const before = await at.counts()
    await writeFile(join(at.folder, 'mapping.json'), JSON.stringify(mended))
    await at.load('mapping.json')
    await at.stored()
    expect(await at.counts()).toMatchObject({ stored: before.stored, dead: 0 })
    expect(before.stored).toBe(2)
  })

  test('a row of a OneRoster file, beside what was loaded; what it refers to must be known', async () => {
    const files = {
      'orgs.csv': 'sourcedId,name,type\nnorth,North,school\n',
      'users.csv':
        'sourcedId,role,username,givenName,familyName,email\ns-1,student,kim,Kim,Example,kim@example.org\ns-2,pupil,lee,Lee,Example,lee@example.org\ns-3,pupil,max,Max,Example,kim@example.org\n',
      'classes.csv': 'sourcedId,title,classType,schoolSourcedId\nhr-1,HR,homeroom,north\n',
      'enrollments.csv':
        'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\ne-1,hr-1,north,s-1,student,2025-08-25,\ne-2,hr-1,north,s-2,student,2025-08-25,\ne-3,hr-9,north,s-1,student,2025-08-25,\ne-4,hr-1,north,s-2,student,,\n',
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(at.folder, name), text)
    await at.load('.')
    const fix: Fix = [{ op: 'map', path: '/role', values: { pupil: 'student' } }]
    // Whichever comes first: a second time finds what the first has loaded.
    const first = await at.redriveAll({ fix })
    const second = await at.redriveAll({ fix })
    const left = (await at.letters('open')).map(({ place }) => place.replace(/ field .*/, '')).sort()
    expect(first.stored + second.stored).toBe(2)
    expect(left).toEqual(['enrollments.csv row 4', 'enrollments.csv row 5', 'users.csv row 2', 'users.csv row 4'])
    const reasons = Object.fromEntries(second.outcomes.map(({ reason }) => [reason.replace(/;.*/, ''), true]))
    expect(Object.keys(reasons).sort()).toEqual([
      'it has no dates of its own, and those of its class stand in other files',
      'it names a class that no roster has',
      'one of its identifiers is or was that of another person',
      'two users of the roster claim the same identifier: correct one of them with --fix, or load the roster again',
    ])
    expect(await at.count('enrolments final')).toBe(2)
    expect(await at.count("persons final where role = 'student'")).toBe(2)
  })

  test('a day of the calendar that was corrected later by its file is not set back', async () => {
    const calendar = (day: string) => `schoolSourcedId,date,schoolDay,reason\n,2026-03-03,${day},\n`
    await writeFile(join(at.folder, 'calendar.csv'), calendar('no'))
    await at.load('calendar.csv', NOW)
    await writeFile(join(at.folder, 'calendar.csv'), calendar('true'))
    await at.load('calendar.csv', NOW + DAY_MS)
    const fix: Fix = [{ op: 'replace', path: '/schoolDay', value: 'false' }]
    expect(await at.redriveAll({ fix }, { now: NOW + 2 * DAY_MS })).toMatchObject({ stored: 1 })
    expect(await at.warehouse.query('select school_day from calendar final')).toEqual([{ school_day: true }])
  })

  test('logs of platforms: what is about nobody is read and stored nowhere', async () => {
    const line = {
      username: 'kim',
      event_type: 'problem_check',
      event_source: 'server',
      time: 'noon',
      context: { user_id: 7 },
      event: {},
    }
    const nobody = { ...line, username: '', context: {} }
    await writeFile(join(at.folder, 'tracking.log'), [line, nobody].map(value => JSON.stringify(value)).join('\n'))
    await at.load('tracking.log')
    const fix: Fix = [{ op: 'replace', path: '/time', value: '2026-03-02T13:00:00+00:00' }]
    const done = await at.redriveAll({ fix, homePage: 'https://courses.example.org' })
    expect(done).toMatchObject({ letters: 2, stored: 1, nobody: 1 })
    expect(await at.counts()).toEqual({ stored: 1, duplicates: 0, dead: 0 })
  })
})

test('after 90 days from the end of its month an original is opened by nobody', async () => {
  await at.ingest.post('/xapi/statements', BAD_SCORE)
  const closed = await at.redriveAll({ fix: MEND_SCORE }, { now: Date.parse('2026-06-30T00:00:00.000Z') })
  expect(closed).toMatchObject({ closed: 1, outcomes: [{ reason: 'the key of 2026-03 ended on 2026-06-30' }] })
  const last = await at.redriveAll({ fix: MEND_SCORE }, { now: Date.parse('2026-06-29T23:59:59.999Z') })
  expect(last).toMatchObject({ stored: 1 })
})

test('a replay gives the same letters, the same of them open, and the same records', async () => {
  await at.ingest.post('/xapi/statements', [BAD_SCORE])
  await at.ingest.post(
    '/xapi/statements',
    aStatement({ id: '11111111-1111-4111-8111-111111111111', verb: { id: 'no IRI' } }),
  )
  await at.redriveAll({ fix: MEND_SCORE })
  const before = { letters: await at.letters(), counts: await at.counts() }
  expect(before.counts).toEqual({ stored: 1, duplicates: 0, dead: 1 })
  await at.stop()
  await forgetDerived(at.warehouse, at.ingest.log)
  await at.process()
  expect({ letters: await at.letters(), counts: await at.counts() }).toEqual(before)
})
