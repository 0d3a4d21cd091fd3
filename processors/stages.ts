import type { Config } from '../infra/config.ts'
import type { EventLog } from '../infra/log/event-log.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import type { Day } from '../schemas/record.ts'
import { AlarmRecompute } from './alarms/recompute-alarms.ts'
import { climateStage } from './climate/recompute-climate.ts'
import { connectednessStage } from './connectedness/recompute-connectedness.ts'
import { EngagementRecompute } from './engagement/recompute-engagement.ts'
import { frozenMonths, monthOf } from './retired.ts'
import { clearStage, pendingStages, type PendingStage } from './touched-stages.ts'

/** What follows from recomputed weeks, computed beside them: it takes seconds, which no week waits for. */
export type Stage = {
  /**
   * Compute what follows from these weeks and the later ones that they reach, whole weeks of the district from all their
   * inputs.
   *
   * @param weeks Mondays, ascending, none that retention has frozen
   * @param shouldStop asked between weeks
   * @returns whether all of it was stored; if not, the weeks are given again
   */
  run: (weeks: readonly Day[], shouldStop: () => boolean) => Promise<boolean>
}

export type StageDeps = {
  warehouse: Warehouse
  config: Pick<Config, 'timeZone' | 'district'>
  log: Pick<EventLog, 'append' | 'positions'>
  clock?: () => Date
}

/**
 * In the order in which they begin, two at a time: none reads another's tables. The names are keys of touched_stages; the
 * migration of a new one inserts a touch for every week there is, or the figures of older weeks stay empty.
 */
const STAGES: Readonly<Record<string, (deps: StageDeps) => Stage>> = {
  engagement: deps => new EngagementRecompute(deps),
  connectedness: connectednessStage,
  climate: climateStage,
  // Last: while the log holds more, they wait for it.
  alarms: deps => new AlarmRecompute(deps),
}

/** Stages at once: planning a statement takes one core, and is half of the work for an ordinary week. */
const LANES = 2

/** What a recomputed week is handed on to. No record of a week changes what was answered to a survey. */
export const STAGE_NAMES: readonly string[] = Object.keys(STAGES).filter(name => name !== 'climate')

/** One district's stages. */
export class Stages {
  readonly #warehouse: Warehouse
  readonly #stages: readonly (readonly [name: string, stage: Stage])[]

  /** @param stages default: all of them */
  constructor(deps: StageDeps, stages: Readonly<Record<string, (deps: StageDeps) => Stage>> = STAGES) {
    this.#warehouse = deps.warehouse
    this.#stages = Object.entries(stages).map(([name, make]) => [name, make(deps)] as const)
  }

  /**
   * Compute everything that waits, and clear what was computed.
   *
   * @returns whether all of it was computed
   */
  async run(shouldStop: () => boolean = () => false): Promise<boolean> {
    const pending = await pendingStages(this.#warehouse)
    const waiting = this.#stages.filter(([name]) => pending.has(name))
    let isAll = true
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, stage] = next
        if (!(await this.#one(name, stage, pending.get(name)!, shouldStop))) isAll = false
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
    // Thrown only when the other lane has ended: two of one stage at a time would compute the same weeks.
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason
    return isAll
  }

  async #one(name: string, stage: Stage, pending: PendingStage, shouldStop: () => boolean): Promise<boolean> {
    const frozen = await frozenMonths(this.#warehouse)
    const weeks = pending.weeks.filter(week => !frozen.has(monthOf(week)))
    if (shouldStop() || !(await stage.run(weeks, shouldStop))) return false
    // Cleared last: a crash before this line repeats the computation, and the repetition gives the same rows.
    await clearStage(this.#warehouse, name, pending)
    return true
  }
}
