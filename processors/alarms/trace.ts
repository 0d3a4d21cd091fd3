import type { Day } from '../../schemas/record.ts'
import { EMPTY, isCrossed, put, sigmaOf, DESIGN, type Chart } from './chart.ts'

/** An alarm of a student as the records have it. */
export type Raised = {
  week: Day
  /** First week of the chart that begins anew after the first answer; null: nobody has answered. */
  restart: Day | null
}

/** Where a student's chart stands after a week; it is all that the next week needs. */
export type Standing = Chart & {
  /** From when on the moving mean has been below 0; '': it is not. */
  since: string
  /** The mean of the earlier deviations then. */
  sinceMean: number
  /** Week of the last alarm that is dealt with; '': none. */
  alarmWeek: string
  /** That alarm waits for its answer. */
  frozen: boolean
}

/** What a week adds. */
export type WeekValue = {
  week: Day
  /** ln(1 + minutes) less the school's median; null: the week does not count. */
  deviation: number | null
}

/** What came of a week. */
export type Point = {
  status: 'ok' | 'baseline' | 'frozen' | 'skipped'
  q: number | null
  crossed: boolean
  /** An alarm that no record has yet. */
  alarm: { since: Day; usual: number; value: number; baselineWeeks: number } | null
}

export const nothingYet = (): Standing => ({
  ...EMPTY,
  since: '',
  sinceMean: 0,
  alarmWeek: '',
  frozen: false,
})

/**
 * One week of one student: the chart is changed by it, unless an alarm waits for its answer. After an answer the chart begins
 * anew. Alarms that were raised stand whatever the data say now: where one stands the chart stops, and one that crosses its
 * limit earlier than the record says has its alarm in that record.
 *
 * @param raised the student's alarms, by week
 */
export function advance(standing: Standing, { week, deviation }: WeekValue, raised: readonly Raised[]): Point {
  if (standing.frozen) thaw(standing, week, raised)
  const before = { mean: standing.mean, n: standing.n }
  const point = pointOf(standing, { week, deviation })
  if (standing.frozen) return point
  const recorded = raised.find(alarm => alarm.week > standing.alarmWeek)
  const isDue = recorded !== undefined && recorded.week <= week
  if (!point.crossed && !isDue) return point
  standing.frozen = true
  standing.alarmWeek = recorded?.week ?? week
  if (recorded) return point
  return {
    ...point,
    alarm: {
      since: standing.since === '' ? week : standing.since,
      usual: standing.since === '' ? before.mean : standing.sinceMean,
      value: standing.e / sigmaOf(DESIGN),
      baselineWeeks: before.n,
    },
  }
}

/** The alarm was answered, or its record is kept no longer: the chart begins anew. */
function thaw(standing: Standing, week: Day, raised: readonly Raised[]): void {
  const alarm = raised.find(one => one.week === standing.alarmWeek)
  if (alarm && (alarm.restart === null || alarm.restart > week)) return
  const last = alarm && raised.findLast(one => one.week < alarm.restart!)
  Object.assign(standing, nothingYet(), { alarmWeek: last?.week ?? standing.alarmWeek })
}

function pointOf(standing: Standing, { week, deviation }: WeekValue): Point {
  const nothing = { q: null, crossed: false, alarm: null }
  if (deviation === null) return { status: 'skipped', ...nothing }
  if (standing.frozen) return { status: 'frozen', ...nothing }
  const { mean } = standing
  const q = put(standing, deviation)
  if (standing.e >= 0) Object.assign(standing, { since: '', sinceMean: 0 })
  else if (standing.since === '') Object.assign(standing, { since: week, sinceMean: mean })
  if (q === null) return { status: 'baseline', ...nothing }
  return { status: 'ok', q, crossed: isCrossed(standing), alarm: null }
}
