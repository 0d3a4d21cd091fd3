import { expect, test } from 'vitest'
import {
  comparison,
  estimate,
  insteadOf,
  moment,
  range,
  unitAfter,
  whyNot,
  type Figure,
} from '../../dashboards/wording.ts'
import { indicator } from '../../schemas/catalogue.ts'

const days = indicator('active_days')
const minutes = indicator('effort_minutes')
const weekend = indicator('weekend_days')

const ok = (value: number, lo95: number, hi95: number, n = 200): Figure => ({
  value,
  lo95,
  hi95,
  n,
  status: 'ok',
  reason: '',
})

test('a share is said in whole percent, the others in their unit', () => {
  expect(range(days, ok(0.641, 0.6195, 0.6634))).toBe('62 to 66%')
  expect(estimate(days, ok(0.641, 0.6195, 0.6634))).toBe('64%')
  expect(range(minutes, ok(1234.5, 1180.2, 1288.8))).toBe('1,180 to 1,289')
  expect(range(weekend, ok(0.2, 0.155, 0.245))).toBe('0.15 to 0.24')
})

test('a range whose ends round alike is one number', () => expect(range(days, ok(0.6402, 0.6399, 0.6404))).toBe('64%'))

test('only a figure that is ok has a number, and unknown is never 0', () => {
  for (const status of ['insufficient', 'not_applicable', 'stale', 'suppressed'] as const) {
    const figure: Figure = { ...ok(0, 0, 0), status }
    expect([range(days, figure), estimate(days, figure)]).toEqual([null, null])
    expect(insteadOf(figure)).not.toMatch(/\b0\b/)
  }
  expect(insteadOf(undefined)).toBe('no figure')
})

test('the unit of exactly one is singular', () => {
  expect([range(minutes, ok(1, 0.9, 1.2)), unitAfter(minutes, '1')]).toEqual(['1', 'minute per student and week'])
  expect(unitAfter(minutes, '1 to 2')).toBe('minutes per student and week')
  expect(unitAfter(weekend, '1.00')).toBe('days per student and week')
  expect(unitAfter(days, '1%')).toBe('of school days enrolled')
})

test('of a share near 0 or 1 the bracket is said', () => {
  const bracket: Figure = { ...ok(0, 0, 0), value: null, n: null, status: 'suppressed', reason: 'at least 95%' }
  expect(insteadOf(bracket)).toBe('at least 95%')
  expect(whyNot(bracket)).toMatch(/^at least 95%; /)
})

test('what is said of a hidden figure is the reason stored with it', () => {
  const hidden = (reason: string): Figure => ({
    value: null,
    lo95: null,
    hi95: null,
    n: null,
    status: 'suppressed',
    reason,
  })
  const said = (reason: string) => [insteadOf(hidden(reason)), whyNot(hidden(reason))]
  expect(said('fewer than 10 students')).toEqual(['fewer than 10', 'figures of fewer than 10 students are not shown'])
  expect(said('it would give away another figure')).toEqual(['not shown', 'it would give away another figure'])
  expect(said('')).toEqual(['not shown', 'it is hidden to protect students in small groups'])
})

test('above and below are said only of intervals that do not overlap', () => {
  const district = ok(0.6, 0.58, 0.62)
  expect(comparison(ok(0.7, 0.63, 0.77), district)).toBe('above')
  expect(comparison(ok(0.5, 0.45, 0.57), district)).toBe('below')
  expect(comparison(ok(0.7, 0.62, 0.78), district)).toBe('not distinguishable')
  expect(comparison(ok(0.6, 0.1, 0.9), district)).toBe('not distinguishable')
  expect(comparison({ ...district, status: 'suppressed' }, district)).toBeNull()
  expect(comparison(district, undefined)).toBeNull()
})

test('an instant is said in the district’s zone', () => {
  expect(moment(new Date('2026-03-06T22:05:00.000Z'), 'America/New_York')).toBe('6 March 2026, 17:05')
})
