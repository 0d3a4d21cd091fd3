import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, allWeeks, mondayOf, openingWeek, periodOf, schoolYearOf } from '../../dashboards/weeks.ts'

test('ISO weeks around New Year belong to the year of their Thursday', () => {
  expect(mondayOf('2026-W10')).toBe('2026-03-02')
  expect(mondayOf('2026-W01')).toBe('2025-12-29')
  expect(mondayOf('2020-W53')).toBe('2020-12-28')
  expect(periodOf('2025-12-29')).toBe('2026-W01')
})

test('what is no ISO week has no Monday', () => {
  for (const wrong of ['2026-W00', '2026-W54', '2025-W53', '2026-10', '2026-W1', '', '2026-W10 ', 'W10'])
    expect(mondayOf(wrong)).toBeNull()
})

test('a Monday and its ISO week name each other, for any Monday', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5000, max: 5000 }), weeks => {
      const monday = addDays('2026-03-02', 7 * weeks)
      expect(mondayOf(periodOf(monday))).toBe(monday)
    }),
    { seed: 5 },
  )
})

test('a school year runs from August to July', () => {
  expect(schoolYearOf('2025-08-04')).toEqual({ from: '2025-08-01', to: '2026-08-01', label: '2025–26' })
  expect(schoolYearOf('2026-07-27').label).toBe('2025–26')
  expect(schoolYearOf('2026-08-03').label).toBe('2026–27')
})

test('weeks without figures between the first and the last are there', () => {
  expect(allWeeks(['2025-12-15', '2026-01-05'])).toEqual(['2025-12-15', '2025-12-22', '2025-12-29', '2026-01-05'])
  expect(allWeeks([])).toEqual([])
})

test('a page opens on the last week with figures that is over, not on the running one', () => {
  const weeks = [
    { week: '2026-02-23', ok: true },
    { week: '2026-03-02', ok: true },
    { week: '2026-03-09', ok: false },
  ]
  expect(openingWeek(weeks, '2026-03-05')).toBe('2026-02-23')
  expect(openingWeek(weeks, '2026-03-09')).toBe('2026-03-02')
  expect(openingWeek(weeks, '2026-02-24')).toBe('2026-03-02')
  expect(openingWeek([{ week: '2026-03-09', ok: false }], '2026-03-20')).toBe('2026-03-09')
  expect(openingWeek([], '2026-03-20')).toBeUndefined()
})
