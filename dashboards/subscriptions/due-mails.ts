import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { Day } from '../../schemas/record.ts'
import { addDays } from '../weeks.ts'
import { crossing } from './crossings.ts'
import { IN_REPORT, type Fact } from './letters.ts'
import { sendingKey, type Sending } from './sendings.ts'
import type { Subscription } from './subscriptions.ts'

/** A mail that is to be sent, unless it was; `facts` are those that it tells. */
export type DueMail = { subscription: Subscription; occasion: string; facts: Fact[] }

/** What is older is told to nobody any more. */
const TOLD_WITHIN_DAYS = 56
/** So far back a figure is asked for, for what was usual before. */
const LOOK_BACK_DAYS = 400

/**
 * Monthly reports: from the first school day of a month on, as soon as a week of the month before is published; not of the month in
 * which one subscribed after that day.
 * @param today the local day in the district; `dayOf` that of an instant
 */
export async function dueReports(
  warehouse: Warehouse,
  subscriptions: readonly Subscription[],
  { today, dayOf }: { today: Day; dayOf: (ms: number) => Day },
): Promise<DueMail[]> {
  const reports = subscriptions.filter(({ kind }) => kind === 'report')
  if (reports.length === 0) return []
  const month = `${today.slice(0, 7)}-01`
  const before = `${addDays(month, -1).slice(0, 7)}-01`
  const next = `${addDays(month, 32).slice(0, 7)}-01`
  const [firsts, facts] = await Promise.all([
    warehouse.query(FIRST_SCHOOL_DAYS, { from: month, to: next }),
    warehouse.query(REPORT_FACTS, { from: before, to: month, indicators: IN_REPORT }),
  ])
  const firstDays = new Map(rows(FirstRow, firsts).map(({ school, day }) => [school, day]))
  const byUnit = Map.groupBy(rows(FactRow, facts), row => `${row.unit_type} ${row.unit_id}`)
  return reports.flatMap(subscription => {
    const first = firstDays.get(subscription.unit_id)
    const told = byUnit.get(`${subscription.unit_type} ${subscription.unit_id}`)
    if (first === undefined || told === undefined) return []
    if (today < first || dayOf(subscription.made_ms) > first) return []
    return [{ subscription, occasion: month.slice(0, 7), facts: told }]
  })
}

/** Thresholds that a published figure has crossed since it was told, or set: all of them in one statement. */
export async function dueThresholds(
  warehouse: Warehouse,
  subscriptions: readonly Subscription[],
  { today, sent }: { today: Day; sent: ReadonlyMap<string, Sending> },
): Promise<DueMail[]> {
  const thresholds = subscriptions.filter(({ kind }) => kind === 'threshold')
  if (thresholds.length === 0) return []
  const found = await warehouse.query(THRESHOLD_POINTS, { from: addDays(today, -LOOK_BACK_DAYS) })
  const points = Map.groupBy(rows(PointRow, found), ({ subscription }) => subscription)
  const told = toldWeeks(sent)
  return thresholds.flatMap(subscription => {
    const { id, indicator, direction, threshold, after } = subscription
    const own = points.get(id) ?? []
    if (direction === '') return []
    const crossed = crossing(own, { direction, threshold, after }, told.get(id) ?? null)
    const point = own.find(({ week }) => week === crossed?.week)
    if (point === undefined || point.week < addDays(today, -TOLD_WITHIN_DAYS)) return []
    return [{ subscription, occasion: point.week, facts: [{ ...point, indicator }] }]
  })
}

/** The newest week of each subscription of which nothing more is to be sent. */
function toldWeeks(sent: ReadonlyMap<string, Sending>): Map<string, Day> {
  const weeks = new Map<string, Day>()
  for (const { subscription, occasion, state } of sent.values())
    if (state !== 'failed' && occasion > (weeks.get(subscription) ?? '')) weeks.set(subscription, occasion)
  return weeks
}

/** What was sent of a due mail so far. */
export const sendingOf = (due: DueMail, sent: ReadonlyMap<string, Sending>): Sending | undefined =>
  sent.get(sendingKey({ subscription: due.subscription.id, occasion: due.occasion }))

const FIRST_SCHOOL_DAYS = sql(new URL('./first-school-days.sql', import.meta.url))
const REPORT_FACTS = sql(new URL('./report-facts.sql', import.meta.url))
const THRESHOLD_POINTS = sql(new URL('./threshold-points.sql', import.meta.url))
const FirstRow = z.object({ school: z.string(), day: z.string() })
const point = { week: z.string(), value: z.number(), lo95: z.number(), hi95: z.number(), n: z.int() }
const PointRow = z.object({ subscription: z.guid(), ...point })
const FactRow = z.object({ unit_type: z.string(), unit_id: z.string(), indicator: z.string(), ...point })
