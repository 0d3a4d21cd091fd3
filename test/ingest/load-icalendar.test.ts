import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderAt } from '../../ingest/load/file-set.ts'
import { loadFiles, loadFound, type LoadSummary } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { storeRosters } from '../../processors/store-rosters.ts'
import type { MeetingEntry } from '../../schemas/meeting.ts'
import { emptiedWarehouse } from '../helpers/emptied-warehouse.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

const emptied = emptiedWarehouse()

let ingest: Ingest
let folder: string
beforeEach(async () => {
  ingest = await startIngest()
  folder = await mkdtemp(join(tmpdir(), 'homeroom-calendar-'))
})
afterEach(async () => {
  await ingest.close()
  await rm(folder, { recursive: true, force: true })
})

const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

const MAPPING = {
  source: 'calendars',
  calendars: [{ files: ['*.ics'], section: { from: '{CATEGORIES}', map: { 'Advisory 9A': 'home-9a' } } }],
}

const event = (...lines: string[]): string => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('\r\n')
const calendar = (...parts: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//', ...parts, 'END:VCALENDAR', ''].join('\r\n')

/** Every Tuesday from 6 January 2026 at 9:00 in New York, 20 minutes, four times. */
const WEEKLY = [
  'UID:advisory-1@example.org',
  'SUMMARY:Advisory with Zyxname',
  'DESCRIPTION:Zyxnotes about Kim',
  'CATEGORIES:Advisory 9A',
  'DTSTART;TZID=America/New_York:20260106T090000',
  'DTEND;TZID=America/New_York:20260106T092000',
  'RRULE:FREQ=WEEKLY;COUNT=4',
]
const ALONE = ['UID:check-in@example.org', 'CATEGORIES:Advisory 9A', 'DTSTART:20260302T150000Z', 'DURATION:PT15M']

async function load(files: Record<string, string>, { mapping = MAPPING as object, now = NOW } = {}) {
  await writeFile(join(folder, 'calendars.json'), JSON.stringify(mapping))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => now }
  return loadFiles([folder], deps)
}

async function meetings(): Promise<MeetingEntry[]> {
  return (await ingest.rosters()).filter(entry => entry.type === 'meeting')
}

const times = ({ times: of }: MeetingEntry): string[] => of.map(({ at }) => at)
const reasons = (summary: LoadSummary): object => Object.assign({}, ...summary.files.map(({ nobody }) => nobody))

test('a weekly advisory is one meeting of its class at each of its times, and no title is kept', async () => {
  expect(await load({ 'a.ics': calendar(event(...WEEKLY)) })).toMatchObject({ read: 1, stored: 1, dead: 0, unused: [] })
  const [meeting] = await meetings()
  expect(meeting).toMatchObject({ source: 'calendars', section: 'home-9a', purpose: 'advisory', minutes: 20 })
  expect(meeting!.times).toEqual(
    ['06', '13', '20', '27'].map(day => ({ at: `2026-01-${day}T14:00:00.000Z`, day: `2026-01-${day}` })),
  )
  for (const topic of ['rosters', 'records', 'identities', 'dead-letters'] as const)
    expect(await ingest.text(topic)).not.toMatch(/Zyx|Kim|advisory-1|a\.ics/)
  expect(await ingest.records()).toEqual([])
})

test('nine o’clock stays nine o’clock when the clock is put forward', async () => {
  const lines = WEEKLY.map(line => line.replaceAll('202601', '202603').replace('COUNT=4', 'COUNT=2'))
  await load({ 'a.ics': calendar(event(...lines.map(line => line.replaceAll('20260306', '20260303')))) })
  expect(times((await meetings())[0]!)).toEqual(['2026-03-03T14:00:00.000Z', '2026-03-10T13:00:00.000Z'])
})

test('a time that is moved has an entry of its own, one that is called off or excepted none', async () => {
  const moved = [
    ...WEEKLY.filter(line => !/^(?:RRULE|DT)/.test(line)),
    'RECURRENCE-ID;TZID=America/New_York:20260113T090000',
    'DTSTART;TZID=America/New_York:20260114T100000',
    'DURATION:PT30M',
  ]
  const calledOff = [
    'UID:advisory-1@example.org',
    'RECURRENCE-ID:20260120T140000Z',
    'DTSTART:20260120T140000Z',
    'STATUS:CANCELLED',
  ]
  const summary = await load({
    'a.ics': calendar(
      event(...moved),
      event(...WEEKLY, 'EXDATE;TZID=America/New_York:20260127T090000'),
      event(...calledOff),
    ),
  })
  expect(summary).toMatchObject({ read: 3, stored: 2, nobody: 1 })
  expect(reasons(summary)).toEqual({ cancelled: 1 })
  const found = (await meetings()).sort((a, b) => a.minutes - b.minutes)
  expect(found.map(meeting => [meeting.minutes, times(meeting)])).toEqual([
    [20, ['2026-01-06T14:00:00.000Z']],
    [30, ['2026-01-14T15:00:00.000Z']],
  ])
})

test('of two versions of an entry the one with the greater SEQUENCE counts', async () => {
  const summary = await load({
    'a.ics': calendar(event(...ALONE, 'SEQUENCE:2'), event(...ALONE, 'SEQUENCE:10', 'STATUS:TENTATIVE')),
  })
  expect(reasons(summary)).toEqual({ 'older versions of entries': 1 })
  expect(await meetings()).toMatchObject([{ tentative: true }])
})

test('a series that is cancelled, or a calendar that cancels, plans nothing', async () => {
  const summary = await load({
    'a.ics': calendar(event(...WEEKLY, 'STATUS:CANCELLED')),
    'b.ics': calendar('METHOD:CANCEL', event(...ALONE)),
  })
  expect(reasons(summary)).toEqual({ cancelled: 1 })
  expect(summary).toMatchObject({ read: 2, stored: 0, nobody: 2 })
})

test('Outlook’s own names of zones mean the rules that it brings', async () => {
  const change = (name: string, from: string, to: string, rule: string): string[] => [
    `BEGIN:${name}`,
    'DTSTART:16010101T020000',
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    `RRULE:FREQ=YEARLY;INTERVAL=1;${rule}`,
    `END:${name}`,
  ]
  const zone = [
    'BEGIN:VTIMEZONE',
    'TZID:Eastern Standard Time',
    ...change('STANDARD', '-0400', '-0500', 'BYDAY=1SU;BYMONTH=11'),
    ...change('DAYLIGHT', '-0500', '-0400', 'BYDAY=2SU;BYMONTH=3'),
    'END:VTIMEZONE',
  ].join('\r\n')
  const weekly = WEEKLY.map(line => line.replace('America/New_York', 'Eastern Standard Time'))
  const march = weekly.map(line => line.replaceAll('20260106', '20260303').replace('COUNT=4', 'COUNT=2'))
  await load({ 'a.ics': calendar(zone, event(...march)) })
  expect(times((await meetings())[0]!)).toEqual(['2026-03-03T14:00:00.000Z', '2026-03-10T13:00:00.000Z'])
})

test('who is invited and has not declined is known by address; rooms, lists and calendars are nobody', async () => {
  const mapping = {
    source: 'calendars',
    calendars: [
      {
        files: ['*.ics'],
        people: [{ id: 't-7', idType: 'sourcedId', role: 'adviser' }],
        invited: {
          id: '{user}',
          idType: 'username',
          role: {
            from: '{domain}',
            map: { 'students.example.org': 'student', 'family.example': '' },
            otherwise: 'teacher',
          },
        },
      },
    ],
  }
  const lines = [
    ...ALONE,
    'ORGANIZER;CN=Pat:mailto:pat@example.org',
    'ATTENDEE;PARTSTAT=ACCEPTED;CN="Doe, Kim":MAILTO:Kim@Students.example.org',
    'ATTENDEE;PARTSTAT=DECLINED:mailto:lee@students.example.org',
    'ATTENDEE;CUTYPE=ROOM:mailto:room-1@example.org',
    'ATTENDEE:mailto:c_123@group.calendar.google.com',
    'ATTENDEE:mailto:mum@family.example',
    'ATTENDEE:urn:uuid:1',
  ]
  await load({ 'a.ics': calendar(event(...lines)) }, { mapping })
  const [{ people } = { people: [] }] = await meetings()
  expect(people.map(({ id, role }) => `${role} ${id}`).sort()).toEqual(
    [
      `adviser ${pseudonymise('sourcedId', 't-7')}`,
      `student ${pseudonymise('username', 'kim')}`,
      `teacher ${pseudonymise('username', 'pat')}`,
    ].sort(),
  )
})

test('what is no meeting is counted under its reason', async () => {
  const mapping = {
    source: 'calendars',
    calendars: [{ files: ['*.ics'], leaveOut: { from: '{SUMMARY}', map: { Lunch: 'private entries' } } }],
  }
  const summary = await load(
    {
      'a.ics': calendar(
        'BEGIN:VTODO\r\nUID:1\r\nEND:VTODO',
        event('UID:2', 'DTSTART;VALUE=DATE:20260302'),
        event('UID:3', 'DTSTART:20260302T150000Z', 'DURATION:P9D'),
        event('UID:4', 'DTSTART:20260302T150000Z', 'SUMMARY:Lunch'),
        event('UID:5', 'DTSTART:20260302T150000Z'),
        event('UID:6', 'DTSTART:20160302T150000Z', 'ATTENDEE:mailto:kim@example.org'),
      ),
    },
    { mapping },
  )
  expect(reasons(summary)).toEqual({
    'tasks, journals and free times': 1,
    'entries of whole days': 1,
    'longer than a day': 1,
    'private entries': 1,
    'no class, and nobody invited': 1,
    'at no time that is kept': 1,
  })
  expect(summary).toMatchObject({ read: 6, stored: 0, dead: 0, nobody: 6 })
})

test('a bad entry is a dead letter that names line and field, and the good ones are stored', async () => {
  const summary = await load({
    'a.ics': calendar(
      event('UID:1', 'DTSTART:20260230T090000', 'SUMMARY:Zyx'),
      event(...ALONE),
      'BEGIN:VEVENT\r\nUID:9',
    ),
  })
  expect(summary).toMatchObject({ read: 3, stored: 1, dead: 2 })
  expect(summary.faults.first).toMatchObject([
    { file: 'a.ics', row: '4', field: 'DTSTART', got: 'no date and time', consequence: expect.any(String) as unknown },
    { file: 'a.ics', row: '15', field: '', got: 'a component without an end' },
  ])
  const letters = await ingest.deadLetters()
  expect(letters.map(({ door, place }) => `${door} ${place}`)).toEqual([
    'icalendar a.ics line 4 field DTSTART',
    'icalendar a.ics line 15',
  ])
  expect(JSON.stringify(letters)).not.toContain('Zyx')
})

test('an entry that is broken inside takes no other with it; attached files are not read', async () => {
  const broken = ['BEGIN:VEVENT', 'UID:1', 'DTSTART:20260302T150000Z', 'BEGIN:VALARM', 'END:VEVENT'].join('\r\n')
  const attached = ['ATTACH;ENCODING=BASE64;VALUE=BINARY:' + 'A'.repeat(300_000), ` ${'A'.repeat(300_000)}`]
  const text = calendar(broken, 'BEGIN:VEVENT\r\nUID:2', event(...ALONE, ...attached))
  expect(await load({ 'a.ics': text })).toMatchObject({ read: 3, stored: 1, dead: 2 })
  expect(await meetings()).toMatchObject([{ minutes: 15 }])
})

test('a file that is no calendar is refused, and a calendar that no mapping names is not taken', async () => {
  const mapping = { ...MAPPING, calendars: [{ ...MAPPING.calendars[0], files: ['a*.ics'] }] }
  const files = { 'a.ics': calendar(event(...ALONE)), 'a2.ics': 'name,day\n', 'private.ics': calendar(event(...ALONE)) }
  const summary = await load(files, { mapping })
  expect(summary).toMatchObject({ stored: 1, unused: ['private.ics'] })
  expect(summary.refused).toMatchObject([
    { file: 'a2.ics', reason: expect.stringContaining('a2.ics is no calendar') as unknown },
  ])
})

test('of a calendar that is offered alone, the mapping files beside it say what it is', async () => {
  await writeFile(join(folder, 'calendars.json'), JSON.stringify(MAPPING))
  for (const name of ['a.ics', 'other.ics']) await writeFile(join(folder, name), calendar(event(...ALONE)))
  const place = await folderAt(folder, ['calendars.json', 'a.ics', 'other.ics'])
  const found = { places: [{ ...place, folder: null, offered: place.files.get('a.ics')! }], refused: [], others: [] }
  const deps = { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }
  expect((await loadFound(found, deps)).files.map(({ file, stored }) => [file, stored])).toEqual([['a.ics', 1]])
})

test('the example of the README works as it stands there', async () => {
  const readme = await readFile(new URL('../../ingest/README.md', import.meta.url), 'utf8')
  const example = /\*\*Calendars of meetings\*\*.*?```json\n(.*?)```/s.exec(readme)![1]!
  const lines = [
    'UID:1',
    'CATEGORIES:Advisory 9A',
    'DTSTART:20260302T150000Z',
    'ATTENDEE:mailto:kim@students.example.org',
  ]
  const files = { 'a.ics': calendar(event(...lines), event(...ALONE, 'CLASS:PRIVATE')) }
  expect(await load(files, { mapping: JSON.parse(example) as object })).toMatchObject({ stored: 1, nobody: 1 })
  expect(await meetings()).toMatchObject([{ section: 'HR-9A', people: [{ role: 'student' }] }])
})

test('titles, descriptions and places may decide, and never be kept', async () => {
  const mapping = { ...MAPPING, calendars: [{ files: ['*.ics'], section: '{SUMMARY}' }] }
  await expect(load({ 'a.ics': calendar(event(...ALONE)) }, { mapping })).rejects.toMatchObject({
    code: 'FILE_INVALID',
    message: expect.stringContaining('calendars[0].section') as unknown,
  })
})

test('each load replaces what the same calendar said, and nothing of another one', async () => {
  const warehouse = await emptied()
  const planned = async (): Promise<string[]> => {
    await storeRosters(warehouse, await ingest.rosters())
    const rows = await warehouse.query<{ at: string }>(
      "select formatDateTime(begin_at, '%m-%d %H:%i') as at from planned_meetings order by begin_at",
    )
    return rows.map(({ at }) => at)
  }
  const other = calendar(event(...ALONE))
  await load({ 'a.ics': calendar(event(...WEEKLY)), 'b.ics': other })
  expect(await planned()).toEqual(['01-06 14:00', '01-13 14:00', '01-20 14:00', '01-27 14:00', '03-02 15:00'])
  await load({ 'a.ics': calendar(event(...WEEKLY, 'EXDATE:20260113T140000Z')), 'b.ics': other }, { now: NOW + 60_000 })
  expect(await planned()).toEqual(['01-06 14:00', '01-20 14:00', '01-27 14:00', '03-02 15:00'])
  await rm(join(folder, 'b.ics'))
  await load({ 'a.ics': calendar() }, { now: NOW + 120_000 })
  expect(await planned()).toEqual(['03-02 15:00'])
})

test('the rows of the table have the day of the district, and people as pseudonyms', async () => {
  const warehouse = await emptied()
  const late = ['UID:1', 'DTSTART:20260309T033000Z', 'DTEND:20260309T040000Z', 'ATTENDEE:mailto:kim@example.org']
  await load({ 'a.ics': calendar(event(...late)) })
  await storeRosters(warehouse, await ingest.rosters())
  expect(
    await warehouse.query(
      'select week, local_day, minutes, purpose, arrayMap(x -> lower(hex(x)), people) as people, roles from planned_meetings',
    ),
  ).toEqual([
    {
      week: '2026-03-02',
      local_day: '2026-03-08',
      minutes: 30,
      purpose: 'advisory',
      people: [pseudonymise('mbox', 'kim@example.org')],
      roles: ['unknown'],
    },
  ])
  expect(await warehouse.query('select count() as n from touched')).toEqual([{ n: '0' }])
})
