import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import type { SourceFile } from '../../ingest/load/file-set.ts'
import { entryOf } from '../../ingest/load/icalendar-entry.ts'
import { calendarText } from '../../ingest/load/icalendar-text.ts'
import { STEPS, timesOf } from '../../ingest/load/icalendar-times.ts'
import { zonesOf } from '../../ingest/load/icalendar-zones.ts'

const ZONE = 'America/New_York'
const DAY_MS = 86_400_000
const SPAN = { fromMs: Date.parse('2025-01-01T00:00:00Z'), toMs: Date.parse('2028-01-01T00:00:00Z') }
const RUNS = { numRuns: 40, seed: 20260302 }

function fileOf(text: string, chunk = 1 << 20): SourceFile {
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  )
  return { name: 'a.ics', label: 'a.ics', path: 'a.ics', bytes: bytes.length, open: async () => Readable.from(chunks) }
}

/** What is read of a calendar: of every entry what it says, or what is wrong with it. */
async function read(file: SourceFile): Promise<string[]> {
  const { events, zones } = await calendarText(file)
  const known = zonesOf(zones, ZONE)
  const budget = { steps: STEPS }
  return events.map(component => {
    const entry = entryOf(component, 'a.ics', known)
    if (!('uid' in entry)) return entry.got
    return JSON.stringify([entry.uid, entry.minutes, entry.values.SUMMARY, timesOf(entry, new Set(), SPAN, budget)])
  })
}

const lines = (...parts: string[]): string => ['BEGIN:VCALENDAR', ...parts, 'END:VCALENDAR', ''].join('\r\n')
const event = (uid: string, ...more: string[]): string[] => ['BEGIN:VEVENT', `UID:${uid}`, ...more, 'END:VEVENT']
const CALENDAR = lines(
  ...event(
    'one',
    'SUMMARY:Beratung für Änne – 9A',
    'DTSTART;TZID=America/New_York:20260106T090000',
    'DURATION:PT20M',
    'RRULE:FREQ=WEEKLY;COUNT=20;BYDAY=TU,TH',
  ),
  ...event('two', 'DTSTART:20260106T140000Z', 'ATTACH;ENCODING=BASE64;VALUE=BINARY:' + 'A'.repeat(300_000)),
)

test('lines folded anywhere, with any line ends, read in chunks of any size are the same calendar', async () => {
  const expected = await read(fileOf(CALENDAR))
  expect(expected.map(text => text.slice(0, 6))).toEqual(['["one"', '["two"'])
  const folds = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      folds,
      fc.constantFrom('\r\n', '\n'),
      fc.integer({ min: 50, max: 4000 }),
      async (every, end, chunk) => {
        const folded = CALENDAR.split('\r\n').map(line => {
          if (line.length > 1000 || /^(?:BEGIN|END):/.test(line)) return line
          const parts: string[] = []
          for (let from = 0, i = 0; from < line.length; from += every[i++ % every.length]!)
            parts.push(line.slice(from, from + every[i % every.length]!))
          return parts.join(`${end} `)
        })
        expect(await read(fileOf(folded.join(end), chunk))).toEqual(expected)
      },
    ),
    RUNS,
  )
})

test('whatever is done to a calendar, each of its entries is read or told, and it ends in time', async () => {
  const all = CALENDAR.replace(/A{1000,}/, 'AA').split('\r\n')
  const rules = fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'HOURLY').chain(freq =>
    fc
      .record(
        {
          BYDAY: fc.constantFrom('MO', '5FR', '-1SU', '53TU'),
          BYMONTH: fc.integer({ min: 1, max: 12 }),
          BYMONTHDAY: fc.integer({ min: -31, max: 31 }),
          BYSETPOS: fc.integer({ min: -3, max: 3 }),
          BYWEEKNO: fc.integer({ min: -53, max: 53 }),
          BYYEARDAY: fc.constantFrom(1, 366, -366),
          INTERVAL: fc.constantFrom(0, 1, 7, 900),
          COUNT: fc.constantFrom(0, 3, 10 ** 9),
        },
        { requiredKeys: [] },
      )
      .map(
        parts =>
          `RRULE:FREQ=${freq}${Object.entries(parts)
            .map(([name, value]) => `;${name}=${value}`)
            .join('')}`,
      ),
  )
  const change = fc.record({
    at: fc.nat(all.length - 1),
    how: fc.oneof(
      fc.constantFrom('', 'END:VEVENT', 'BEGIN:VALARM', 'BEGIN:VEVENT', ' x', ':::', 'DTSTART:99991231T000000'),
      rules,
    ),
    isInserted: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async changes => {
      const changed = [...all]
      for (const { at, how, isInserted } of changes) changed.splice(at, isInserted ? 0 : 1, how)
      const began = performance.now()
      const begun = changed.filter(line => line === 'BEGIN:VEVENT').length
      const found = await read(fileOf(changed.join('\r\n'))).then(({ length }) => length, reasonOf)
      expect([begun, 'a.ics is no calendar. Nothing of it was loaded']).toContain(found)
      expect(performance.now() - began).toBeLessThan(20_000)
    }),
    { ...RUNS, numRuns: 50 },
  )
}, 120_000)

function reasonOf(error: unknown): string {
  if (error instanceof HomeroomError) return error.message
  throw error
}

const CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

test('weekly series are what counting the days by hand gives, over changes of the clock', () => {
  const sketch = fc.record({
    start: fc.integer({ min: 0, max: 600 }),
    hour: fc.integer({ min: 4, max: 22 }),
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
    interval: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(sketch, ({ start, hour, days, interval, count }) => {
      const first = Date.parse('2025-01-01T00:00:00Z') + start * DAY_MS
      const weekday = (ms: number): number => (new Date(ms).getUTCDay() + 6) % 7
      const on = [...new Set([...days, weekday(first)])]
      const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
      const expected: string[] = []
      const monday = first - weekday(first) * DAY_MS
      for (let ms = first; expected.length < count; ms += DAY_MS)
        if (Math.floor((ms - monday) / (7 * DAY_MS)) % interval === 0 && on.includes(weekday(ms)))
          expected.push(`${day(ms)} ${String(hour).padStart(2, '0')}:00`)
      const stamp = `${day(first).replaceAll('-', '')}T${String(hour).padStart(2, '0')}0000`
      const rule = `RRULE:FREQ=WEEKLY;INTERVAL=${interval};COUNT=${count};BYDAY=${on.map(i => CODES[i]).join(',')}`
      const text = event('u', `DTSTART;TZID=${ZONE}:${stamp}`, rule).join('\r\n')
      const entry = entryOf({ name: 'VEVENT', line: 1, text }, 'a.ics', zonesOf([], 'UTC'))
      if (!('uid' in entry)) throw new Error(entry.got)
      const found = timesOf(entry, new Set(), { fromMs: 0, toMs: Date.parse('2035-01-01T00:00:00Z') }, { steps: STEPS })
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' })
      expect((found as number[]).map(ms => format.format(ms))).toEqual(expected)
    }),
    RUNS,
  )
})
