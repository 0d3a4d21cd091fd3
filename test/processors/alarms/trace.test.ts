import { describe, expect, test } from 'vitest'
import { advance, nothingYet, type Point, type Raised } from '../../../processors/alarms/trace.ts'
import type { Day } from '../../../schemas/record.ts'

const monday = (index: number): Day => new Date(Date.UTC(2025, 8, 1 + 7 * index)).toISOString().slice(0, 10)

/** Ten ordinary weeks, then a drop that stays. */
const DROPPED = [0, 0.2, -0.1, 0.1, -0.2, 0.15, 0, -0.05, 0.1, -0.1, ...Array.from({ length: 12 }, () => -1.3)]

function traced(deviations: readonly (number | null)[], raised: Raised[] = []) {
  const standing = nothingYet()
  const known = [...raised]
  const points = deviations.map((deviation, i): Point => {
    const point = advance(standing, { week: monday(i), deviation }, known)
    // As the computation does: what is raised is known from then on.
    if (point.alarm) known.push({ week: monday(i), restart: null })
    return point
  })
  return { standing, points, alarms: points.flatMap(({ alarm }, i) => (alarm ? [{ at: i, ...alarm }] : [])) }
}

describe('a drop', () => {
  test('is an alarm once, with the week in which it began and what was usual before', () => {
    const { alarms } = traced(DROPPED)
    expect(alarms).toHaveLength(1)
    expect(alarms[0]!.at).toBeLessThanOrEqual(11)
    expect(alarms[0]!.since <= monday(10)).toBe(true)
    expect(alarms[0]!.usual).toBeCloseTo(0.01, 1)
    expect(alarms[0]!.value).toBeLessThan(-3)
  })

  test('leaves the baseline as it was until the alarm is answered', () => {
    const { points, standing, alarms } = traced(DROPPED)
    expect(points.slice(alarms[0]!.at + 1).every(({ status }) => status === 'frozen')).toBe(true)
    expect(standing).toMatchObject({ frozen: true, n: alarms[0]!.at + 1 })
  })

  test('that was answered lets the chart begin anew: four weeks, then new values', () => {
    const { alarms } = traced(DROPPED)
    const answered = [{ week: monday(alarms[0]!.at), restart: monday(14) }]
    const { points, standing } = traced(DROPPED, answered)
    expect(points.slice(12, 20).map(({ status }) => status)).toEqual(
      'frozen frozen baseline baseline baseline baseline ok ok'.split(' '),
    )
    expect(standing).toMatchObject({ frozen: false, n: 8 })
  })

  test('is held against the weeks that count only: the others change nothing', () => {
    const skipping = DROPPED.flatMap((deviation, i) => (i % 3 === 0 ? [null, deviation] : [deviation]))
    const plain = traced(DROPPED).points.map(({ q }) => q)
    const { points } = traced(skipping)
    expect(points.filter(({ status }) => status !== 'skipped').map(({ q }) => q)).toEqual(plain)
  })
})

describe('an alarm that was raised', () => {
  test('stands where later data show no drop any more', () => {
    const raised = [{ week: monday(8), restart: null }]
    const { points, alarms } = traced(DROPPED.slice(0, 10), raised)
    expect(points.map(({ status }) => status).slice(7)).toEqual(['ok', 'ok', 'frozen'])
    expect(alarms).toEqual([])
  })

  test('is the one of its drop also where later data would have raised it a week earlier or later', () => {
    const { alarms } = traced(DROPPED)
    for (const shift of [-1, 1, 3]) {
      const raised = [{ week: monday(alarms[0]!.at + shift), restart: null }]
      const again = traced(DROPPED, raised)
      expect(again.alarms).toEqual([])
      expect(again.standing).toMatchObject({ frozen: true, alarmWeek: raised[0]!.week })
    }
  })

  test('twice in one drop holds up nobody after the first answer', () => {
    const raised = [
      { week: monday(11), restart: monday(13) },
      { week: monday(12), restart: null },
    ]
    expect(traced(DROPPED, raised).standing).toMatchObject({ frozen: false, alarmWeek: monday(12) })
  })

  test('and is kept no longer lets the chart begin anew', () => {
    const standing = { ...nothingYet(), n: 9, frozen: true, alarmWeek: monday(3) }
    expect(advance(standing, { week: monday(9), deviation: 0 }, []).status).toBe('baseline')
    expect(standing).toMatchObject({ n: 1, frozen: false })
  })
})

test('a year that is cut anywhere goes on as if it were whole: where the chart stands is all that the next week needs', () => {
  for (let cut = 1; cut < DROPPED.length; cut++) {
    const standing = nothingYet()
    const known: Raised[] = []
    const points = DROPPED.map((deviation, i) => {
      if (i === cut) Object.assign(standing, JSON.parse(JSON.stringify(standing)))
      const point = advance(standing, { week: monday(i), deviation }, known)
      if (point.alarm) known.push({ week: monday(i), restart: null })
      return point
    })
    expect(points).toEqual(traced(DROPPED).points)
  }
})
