import { describe, expect, test } from 'vitest'
import { entryOf } from '../../ingest/load/icalendar-entry.ts'
import { STEPS, timesOf, type Span, type Trouble } from '../../ingest/load/icalendar-times.ts'
import { zonesOf } from '../../ingest/load/icalendar-zones.ts'

const SPAN: Span = { fromMs: Date.parse('1997-01-01T00:00:00Z'), toMs: Date.parse('2001-01-01T00:00:00Z') }

/** Times of an entry that begins at 9:00 in New York, or what is wrong with it. */
function times(lines: string, { budget = { steps: STEPS }, zone = 'America/New_York' } = {}): string[] | Trouble {
  const text = `BEGIN:VEVENT\r\nUID:u\r\n${lines.replaceAll('\n', '\r\n')}\r\nEND:VEVENT\r\n`
  const entry = entryOf({ name: 'VEVENT', line: 1, text }, 'a.ics', zonesOf([], zone))
  if (!('uid' in entry)) return { got: entry.got, expected: entry.expected }
  const found = timesOf(entry, new Set(), SPAN, budget)
  return Array.isArray(found) ? found.map(ms => new Date(ms).toISOString()) : found
}

const local = (found: string[] | Trouble): string[] => {
  if (!Array.isArray(found)) throw new Error(JSON.stringify(found))
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'America/New_York',
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return found.map(at => format.format(new Date(at)))
}

const at9 = (...days: string[]): string[] => days.map(day => `1997-${day} 09:00`)

/** RFC 5545, 3.8.5.3: rules with the dates that the standard gives for them. */
const EXAMPLES: [string, string, string[]][] = [
  ['daily for 10', 'RRULE:FREQ=DAILY;COUNT=10', at9(...span('09', 2, 11))],
  ['every 10 days, 5 times', 'RRULE:FREQ=DAILY;INTERVAL=10;COUNT=5', at9('09-02', '09-12', '09-22', '10-02', '10-12')],
  [
    'weekly until Christmas, in the other time from 26 October on',
    'RRULE:FREQ=WEEKLY;UNTIL=19971224T000000Z',
    at9(
      ...'09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28'.split(' '),
      ...'11-04 11-11 11-18 11-25 12-02 12-09 12-16 12-23'.split(' '),
    ),
  ],
  [
    'Tuesday and Thursday for five weeks',
    'RRULE:FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH',
    at9('09-02', '09-04', '09-09', '09-11', '09-16', '09-18', '09-23', '09-25', '09-30', '10-02'),
  ],
  [
    'every other week on Tuesday and Thursday, for 8',
    'RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
    at9('09-02', '09-04', '09-16', '09-18', '09-30', '10-02', '10-14', '10-16'),
  ],
  [
    'the first Friday of ten months',
    'DTSTART;TZID=America/New_York:19970905T090000\nRRULE:FREQ=MONTHLY;COUNT=4;BYDAY=1FR',
    at9('09-05', '10-03', '11-07', '12-05'),
  ],
  [
    'the second to last Monday of the month',
    'DTSTART;TZID=America/New_York:19970922T090000\nRRULE:FREQ=MONTHLY;COUNT=4;BYDAY=-2MO',
    at9('09-22', '10-20', '11-17', '12-22'),
  ],
  [
    'the third to last day of the month',
    'DTSTART;TZID=America/New_York:19970928T090000\nRRULE:FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-3',
    at9('09-28', '10-29', '11-28', '12-29'),
  ],
  [
    'the second to last weekday of the month',
    'DTSTART;TZID=America/New_York:19970929T090000\nRRULE:FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
    at9('09-29', '10-30', '11-27', '12-30'),
  ],
  [
    'the Tuesday, Wednesday or Thursday that comes third',
    'DTSTART;TZID=America/New_York:19970904T090000\nRRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
    at9('09-04', '10-07', '11-06'),
  ],
]

function span(month: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${month}-${String(from + i).padStart(2, '0')}`)
}

describe('the examples of RFC 5545', () => {
  test.each(EXAMPLES)('%s', (_what, rule, expected) => {
    const begin = rule.startsWith('DTSTART') ? '' : 'DTSTART;TZID=America/New_York:19970902T090000\n'
    expect(local(times(begin + rule))).toEqual(expected)
  })

  test('every Friday the 13th', () => {
    const rule = 'DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13'
    expect(local(times(rule))).toEqual(
      ['1998-02-13', '1998-03-13', '1998-11-13', '1999-08-13', '2000-10-13'].map(day => `${day} 09:00`),
    )
  })
})

test('EXDATE takes times away, in whichever zone it tells them, and a date the whole day; RDATE adds', () => {
  const found = times(
    [
      'DTSTART;TZID=America/New_York:19970902T090000',
      'RRULE:FREQ=DAILY;COUNT=6',
      'EXDATE;TZID=America/New_York:19970903T090000',
      'EXDATE:19970904T130000Z',
      'EXDATE;VALUE=DATE:19970905',
      'RDATE;TZID=America/New_York:19971001T083000',
      'RDATE;VALUE=PERIOD:19971002T130000Z/PT1H',
    ].join('\n'),
  )
  expect(local(found)).toEqual([...at9('09-02', '09-06', '09-07'), '1997-10-01 08:30', '1997-10-02 09:00'])
})

test('an UNTIL that is a date takes that day in', () => {
  expect(local(times('DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;UNTIL=19970904'))).toEqual(
    at9('09-02', '09-03', '09-04'),
  )
})

test('without a zone the district’s clock is meant', () => {
  expect(times('DTSTART:19970902T090000', { zone: 'Europe/Berlin' })).toEqual(['1997-09-02T07:00:00.000Z'])
})

test.each([
  ['an hourly one', 'RRULE:FREQ=HOURLY', 'FREQ HOURLY'],
  ['one each second', 'RRULE:FREQ=SECONDLY;UNTIL=99991231T000000Z', 'FREQ SECONDLY'],
  ['a very long interval', 'RRULE:FREQ=WEEKLY;INTERVAL=999999999', 'a very long INTERVAL'],
  ['a day that never comes', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'contradicts itself or has no end'],
  ['one that contradicts itself', 'RRULE:FREQ=WEEKLY;BYMONTHDAY=3', 'contradicts itself or has no end'],
  ['a word', 'RRULE:FREQ=KIM', 'no component that can be read'],
  ['a rule of exceptions', 'EXRULE:FREQ=DAILY', 'a rule of exceptions'],
])('a rule that is %s is refused', (_what, rule, got) => {
  const began = performance.now()
  const found = times(`DTSTART;TZID=America/New_York:19970902T090000\n${rule}`)
  expect(found).toMatchObject({ got: expect.stringContaining(got) as unknown })
  expect(performance.now() - began).toBeLessThan(10_000)
})

test.each([
  ['a day each year that no year has', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
  ['10,000 years later', 'RRULE:FREQ=YEARLY;INTERVAL=999;UNTIL=99991231T000000Z'],
])('a rule with %s has at most the times that are kept', (_what, rule) => {
  const found = times(`DTSTART;TZID=America/New_York:19970902T090000\n${rule}`)
  expect(Array.isArray(found) ? found.length : Number.NaN).toBeLessThan(2)
})

test('on 29 February each year means leap years', () => {
  expect(times('DTSTART:19960229T090000\nRRULE:FREQ=YEARLY', { zone: 'UTC' })).toEqual(['2000-02-29T09:00:00.000Z'])
})

test('a series that began before there were calendars is refused, an old one is not', () => {
  expect(times('DTSTART:00010101T090000\nRRULE:FREQ=DAILY')).toMatchObject({ got: expect.any(String) as unknown })
  expect(times('DTSTART:19600101T090000\nRRULE:FREQ=WEEKLY')).toHaveLength(209)
})

test('what all series of a file may cost together is bounded', () => {
  const budget = { steps: 100 }
  expect(times('DTSTART:19970902T090000\nRRULE:FREQ=DAILY;COUNT=40', { budget })).toHaveLength(40)
  expect(times('DTSTART:19970902T090000\nRRULE:FREQ=DAILY;COUNT=40', { budget })).toMatchObject({
    got: expect.any(String) as unknown,
  })
})

test.each([
  ['DTSTART:20260230T090000', 'no date and time'],
  ['DTSTART:19971302T090000', 'no date and time'],
  ['DTSTART:Kim', 'no date and time'],
  ['SUMMARY:no begin', 'missing'],
  ['DTSTART;TZID=Nowhere/At All:19970902T090000', 'a time in a zone that nothing tells'],
  ['DTSTART:19970902T090000\nDTEND:19970902T080000', 'an end before the begin'],
  ['DTSTART:19970902T090000\nRECURRENCE-ID;RANGE=THISANDFUTURE:19970903T090000', 'RANGE=THISANDFUTURE'],
])('%s is told as %s', (lines, got) => {
  expect(times(lines)).toMatchObject({ got })
})
