import type { EventLog } from '../../infra/log/event-log.ts'
import { uuid5 } from '../../infra/uuid5.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { actionKey, AlarmRaised } from '../../schemas/action.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import { localTime, mondayOf, type LocalTime } from '../local-time.ts'
import { frozenMonths, monthOf } from '../retired.ts'
import { Versions } from '../versions.ts'
import { FlagRecompute } from './recompute-flags.ts'
import { Settled } from './settled.ts'
import { raisedAlarms, standingsBefore, storeWeek, type Stood } from './standings.ts'
import { insertAlarms, restartWeek, STAGE } from './store-alarms.ts'
import { advance, nothingYet, type Point, type Raised, type Standing } from './trace.ts'
import { weekValues, type ValueRow } from './week-values.ts'

const DAY_MS = 86_400_000
/** A week is looked at from the Wednesday after it on: what is delivered by file comes a day or two late. */
const DUE_AFTER_DAYS = 9
/** Of drops longer ago nobody is told: help that late is none. */
const RAISED_WITHIN_WEEKS = 52

export type AlarmDeps = {
  warehouse: Warehouse
  log: Pick<EventLog, 'append' | 'positions'>
  config: { timeZone: string }
  clock?: () => Date
}

/** What the weeks of one run go by. */
type Pass = {
  standings: Map<Pseudonym, Standing>
  raised: Map<Pseudonym, Raised[]>
  /** The last week that is due. */
  due: Day
  /** The last month of which alarms are kept no longer; 0: all are. */
  retired: number
}

/**
 * One district's alarms (indicators B8): a stage of `processors/stages.ts`. Charts are drawn from the first touched week on,
 * from where they stood before it; each alarm becomes an entry of the topic `actions` before anything shows it.
 */
export class AlarmRecompute {
  readonly #warehouse: Warehouse
  readonly #log: AlarmDeps['log']
  readonly #clock: () => Date
  readonly #local: LocalTime
  readonly #settled: Settled
  readonly #versions: Versions
  readonly #flags: FlagRecompute

  constructor({ warehouse, log, config, clock = () => new Date() }: AlarmDeps) {
    this.#warehouse = warehouse
    this.#log = log
    this.#clock = clock
    this.#local = localTime(config.timeZone)
    this.#settled = new Settled(log, warehouse)
    this.#versions = new Versions(warehouse, ['alarm_weeks'])
    this.#flags = new FlagRecompute(warehouse)
  }

  /**
   * @param weeks Mondays, ascending
   * @param shouldStop asked between weeks
   * @returns false: stopped, or the log holds what is not in the weeks yet
   */
  async run(weeks: readonly Day[], shouldStop: () => boolean = () => false): Promise<boolean> {
    if (!(await this.#settled.reached(STAGE, weeks))) return false
    const due = await this.#lastDueWeek()
    const waiting = due === null ? [] : await this.#weeksFrom(weeks, due)
    if (due === null || waiting.length === 0) return true
    const pass: Pass = {
      standings: await standingsBefore(this.#warehouse, waiting[0]!),
      raised: await raisedAlarms(this.#warehouse, answered_ms => this.#restart(answered_ms)),
      due,
      retired: await this.#retiredThrough(),
    }
    for (const week of waiting) {
      if (shouldStop()) return false
      await this.#week(week, pass)
    }
    await this.#flags.run(waiting)
    return true
  }

  async #week(week: Day, pass: Pass): Promise<void> {
    const stood: Stood[] = []
    const alarms: AlarmRaised[] = []
    for (const value of await weekValues(this.#warehouse, week)) {
      const { student } = value
      const standing = pass.standings.get(student) ?? nothingYet()
      pass.standings.set(student, standing)
      const point = advance(standing, { week, deviation: value.deviation }, pass.raised.get(student) ?? [])
      stood.push({ value, point, standing: { ...standing } })
      if (point.alarm && isRaised(week, pass)) alarms.push(this.#alarm(week, value, point.alarm))
    }
    await this.#raise(alarms, pass)
    await storeWeek(this.#warehouse, week, stood, await this.#versions.next())
  }

  /** Durable in the log first: an alarm that a page has shown is there for ever. */
  async #raise(alarms: readonly AlarmRaised[], { raised }: Pass): Promise<void> {
    if (alarms.length === 0) return
    await this.#log.append(
      'actions',
      alarms.map(alarm => ({ key: actionKey(alarm), value: JSON.stringify(AlarmRaised.parse(alarm)) })),
    )
    // The processors store them too, in their own time; the next computation must know them at once.
    await insertAlarms(this.#warehouse, alarms)
    for (const { student, week } of alarms)
      raised.set(student, [...(raised.get(student) ?? []), { week, restart: null }])
  }

  #alarm(week: Day, { student, minutes, median }: ValueRow, alarm: NonNullable<Point['alarm']>): AlarmRaised {
    const { since, usual, value, baselineWeeks } = alarm
    return {
      type: 'alarm',
      id: uuid5(`alarm|${student}|${week}`),
      storedAt: this.#clock().toISOString(),
      student,
      week,
      since,
      minutes,
      usualMinutes: Math.max(0, Math.exp(usual + (median ?? 0)) - 1),
      value,
      baselineWeeks,
    }
  }

  /** Today and what has arrived both have to be past it: while a year is loaded, its weeks are over but not complete. */
  async #lastDueWeek(): Promise<Day | null> {
    const [found] = await this.#warehouse.query<{ day: number }>(
      `select toUInt32(max(arrayElement(learning_days, -1))) as day from student_week final
       where week >= (select max(week) from student_week) - 28`,
    )
    const day = Math.min(found?.day ?? 0, this.#local.dayOf(this.#clock().getTime()))
    return day === 0 ? null : dayText(mondayOf(day - DUE_AFTER_DAYS))
  }

  /** The due weeks with anybody's figures from the first touched one on, or from the first that was never looked at. */
  async #weeksFrom(touched: readonly Day[], due: Day): Promise<Day[]> {
    const found = await this.#warehouse.query<{ week: Day }>(
      `select distinct toString(w.week) as week from student_week as w final
       where w.week <= {due:Date} and w.week >= least({first:Date},
         (select ifNull(minOrNull(week), {first:Date}) from student_week where week > (select max(week) from alarm_weeks)))
       order by week`,
      { due, first: touched[0] ?? due },
    )
    const frozen = await frozenMonths(this.#warehouse)
    return found.flatMap(({ week }) => (frozen.has(monthOf(week)) ? [] : [week]))
  }

  async #retiredThrough(): Promise<number> {
    const [found] = await this.#warehouse.query<{ month: number }>(
      `select max(month) as month from retired where name = 'actions'`,
    )
    return found?.month ?? 0
  }

  #restart(answered_ms: number): Day {
    return restartWeek(new Date(answered_ms).toISOString(), this.#local)
  }
}

function isRaised(week: Day, { due, retired }: Pass): boolean {
  const oldest = Date.parse(due) - RAISED_WITHIN_WEEKS * 7 * DAY_MS
  return Date.parse(week) >= oldest && monthOf(week) > retired
}

const dayText = (day: number): Day => new Date(day * DAY_MS).toISOString().slice(0, 10)
