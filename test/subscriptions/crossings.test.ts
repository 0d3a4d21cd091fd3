import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crossing, isBeyond, type Point, type Threshold } from '../../dashboards/subscriptions/crossings.ts'
import { addDays } from '../../dashboards/weeks.ts'

const FIRST = '2026-01-05'
/** `below`: the whole interval is; `open`: the interval holds the threshold, the estimate is below; `back`: the estimate is above. */
const AT = { below: [0.4, 0.35, 0.45], open: [0.48, 0.44, 0.52], back: [0.55, 0.49, 0.6] } as const
type Kind = keyof typeof AT

const weekOf = (i: number): string => addDays(FIRST, 7 * i)
const points = (...kinds: Kind[]): Point[] =>
  kinds.map((kind, i) => ({ week: weekOf(i), value: AT[kind][0], lo95: AT[kind][1], hi95: AT[kind][2] }))
const RULE: Threshold = { direction: 'below', threshold: 0.5, after: '1970-01-01' }
const told = (kinds: Kind[], rule: Partial<Threshold> = {}, last: number | null = null): string | undefined =>
  crossing(points(...kinds), { ...RULE, ...rule }, last === null ? null : weekOf(last))?.week

describe('a threshold is crossed', () => {
  test('only by a whole interval', () => {
    expect(told(['back', 'open'])).toBeUndefined()
    expect(told(['back', 'open', 'below'])).toBe(weekOf(2))
  })
  test('once, however long it stays', () =>
    expect(told(['back', 'below', 'below', 'open', 'below'], {}, 1)).toBeUndefined())
  test('not by what was published when it was set', () => {
    expect(told(['back', 'below'], { after: weekOf(1) })).toBeUndefined()
    expect(told(['back', 'below', 'below'], { after: weekOf(1) })).toBeUndefined()
    expect(told(['back', 'below', 'back', 'below'], { after: weekOf(1) })).toBe(weekOf(3))
  })
  test('again after it came back, for which an interval that holds it is not enough', () => {
    expect(told(['below', 'open', 'below'], {}, 0)).toBeUndefined()
    expect(told(['below', 'back', 'below'], {}, 0)).toBe(weekOf(2))
  })
  test('upwards as well', () => {
    const up = points('back', 'below').map(({ week, value, lo95, hi95 }) => ({
      week,
      value: 1 - value,
      lo95: 1 - hi95,
      hi95: 1 - lo95,
    }))
    expect(crossing(up, { ...RULE, direction: 'above' }, null)?.week).toBe(weekOf(1))
  })
  test('not again where the week that was told is published anew, and still lies beyond or is open', () => {
    expect(told(['back', 'open', 'below'], {}, 1)).toBeUndefined()
    expect(told(['back', 'back', 'below'], {}, 1)).toBe(weekOf(2))
  })
})

test('telling week by week tells each run below once, and never an interval that holds the threshold', () => {
  const kind = fc.constantFrom<Kind>('below', 'open', 'back')
  fc.assert(
    fc.property(fc.array(kind, { maxLength: 30 }), kinds => {
      const all = points(...kinds)
      let last: string | null = null
      const weeks: string[] = []
      for (let n = 1; n <= all.length; n++) {
        const found = crossing(all.slice(0, n), RULE, last)
        if (!found) continue
        weeks.push((last = found.week))
      }
      // Runs of below, joined over open weeks, parted by back.
      const expected = all.filter((point, i) => {
        if (kinds[i] !== 'below') return false
        const before = kinds.slice(0, i).findLast(earlier => earlier !== 'open')
        return before !== 'below' && isBeyond(point, RULE)
      })
      expect(weeks).toEqual(expected.map(({ week }) => week))
      // Run again over the same figures, nothing is told.
      expect(crossing(all, RULE, last)).toBeNull()
    }),
    { seed: 11, numRuns: 300 },
  )
})
