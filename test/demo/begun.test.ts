import { expect, test } from 'vitest'
import { emptyRow, VARIANT } from '../../infra/demo/deliveries.ts'
import { planDistrict } from '../../infra/demo/index.ts'
import { recordWriter, traceOf, weeksOf } from '../../infra/demo/week.ts'

const DAY_MS = 86_400_000
const plan = planDistrict({ size: 200, seed: 20261122, timeZone: 'America/New_York' })
const BEGINS = ['initialized', 'attempted', 'Started']
const ENDS = ['completed', 'Completed', 'Submitted']

type Written = { verb?: { id: string }; action?: string; object: { id: string } }
type Activity = { tool: string; begun: number | null; ended: number[] }

/** What each student began and ended in the first weeks, from the records as they are sent. */
function activities(): Activity[] {
  const write = recordWriter(plan)
  const row = emptyRow()
  const found = new Map<string, Activity>()
  for (const { week, deliveries, order } of weeksOf(plan, 0, 12)) {
    for (const i of order) {
      const { name } = traceOf(deliveries.read(i, row))
      if (deliveries.variant(i) !== VARIANT.original || !['lessons', 'practice', 'reading'].includes(name)) continue
      const { verb, action, object } = JSON.parse(write(row, VARIANT.original)) as Written
      const did = verb?.id.split('/').at(-1) ?? action ?? ''
      const key = `${row.who} ${object.id}`
      const one = found.get(key) ?? { tool: name, begun: null, ended: [] }
      found.set(key, one)
      if (ENDS.includes(did)) one.ended.push(row.at)
      // Of the weeks that are followed by 28 days.
      if (BEGINS.includes(did) && week < 8) one.begun = Math.min(one.begun ?? row.at, row.at)
    }
  }
  return [...found.values()].filter(({ begun }) => begun !== null)
}

test('of what is begun with each tool about seven tenths are completed within 28 days', () => {
  const begun = activities()
  const isCompleted = ({ begun, ended }: Activity) => ended.some(at => at >= begun! && at - begun! <= 28 * DAY_MS)
  for (const [tool, some] of Map.groupBy(begun, one => one.tool)) {
    expect(some.length, tool).toBeGreaterThan(500)
    expect(Math.abs(some.filter(isCompleted).length / some.length - 0.7), tool).toBeLessThan(0.1)
  }
  expect(begun.filter(isCompleted).length / begun.length).toBeCloseTo(0.7, 1)
})
