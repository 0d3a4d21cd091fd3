import { expect, test } from 'vitest'
import { surveyTimes } from '../../ingest/load/survey-time.ts'
import { zonedIn } from '../../ingest/load/zoned.ts'

const zone = 'America/New_York'
test.each<[string, 'month-first' | 'day-first', string | null, string | null]>([
  ['2026-02-10 09:03:12', 'month-first', '2026-02-10', '2026-02-10T14:03:12.000Z'],
  ['2026/02/10 9:03:12 AM EST', 'month-first', '2026-02-10', '2026-02-10T14:03:12.000Z'],
  ['2026/02/10 12:03:12 am GMT-5', 'month-first', '2026-02-10', '2026-02-10T05:03:12.000Z'],
  ['2026/07/10 12:03 PM GMT+5:30', 'month-first', '2026-07-10', '2026-07-10T06:33:00.000Z'],
  ['2/10/2026 9:03:12', 'month-first', '2026-02-10', '2026-02-10T14:03:12.000Z'],
  ['2/10/26 21:03', 'month-first', '2026-02-10', '2026-02-11T02:03:00.000Z'],
  ['10/2/2026 9:03:12', 'day-first', '2026-02-10', '2026-02-10T14:03:12.000Z'],
  ['10.02.2026 09:03', 'day-first', '2026-02-10', '2026-02-10T14:03:00.000Z'],
  ['2026-02-11T02:03:12.5Z', 'month-first', '2026-02-10', '2026-02-11T02:03:12.500Z'],
  ['2026-02-10T21:03:12-05:00', 'month-first', '2026-02-10', '2026-02-11T02:03:12.000Z'],
  ['2026-02-10', 'month-first', '2026-02-10', null],
  ['2026-02-30', 'month-first', null, null],
  ['13/1/2026', 'month-first', null, null],
  ['2026-02-10 25:00', 'month-first', null, null],
  ['2026-02-10 13:00 PM', 'month-first', null, null],
  ['2026-02-10 09:00 XYZ', 'month-first', null, null],
  ['yesterday', 'month-first', null, null],
])('%s, %s, is the day %s and the instant %s', (text, dates, day, instant) => {
  const found = surveyTimes(zone, zonedIn(zone), dates)(text)
  expect(found?.day ?? null).toBe(day)
  const ms = found?.ms ?? null
  expect(ms === null ? null : new Date(ms).toISOString()).toBe(instant)
})
