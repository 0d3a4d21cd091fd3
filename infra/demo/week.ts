import { dayAt, weekAt } from './calendar.ts'
import { Deliveries, emptyRow, VARIANT, type Row } from './deliveries.ts'
import type { District } from './district.ts'
import { planEffort, type Effort } from './effort.ts'
import { STREAM, Random, uuid } from './random.ts'
import { traces } from './traces/index.ts'
import type { Trace } from './traces/trace.ts'

/** Of all valid records. */
const DUPLICATE_SHARE = 0.02
const LATE_SHARE = 0.03
/**
 * Malformed records come on top of the valid ones, so that what is planted can be recovered whole. A tool breaks for a day,
 * not for one record: each kind of record has one bad day in ten, so that one record in 200 is malformed in all.
 */
const BAD_DAY_EVERY = 10
const MALFORMED_ON_A_BAD_DAY = 0.05

const DAY_MS = 86_400_000
/** Late by 1 to 20 days, and a duplicate up to 3 days after that: what happens in a week arrives within four more. */
const LATE_DAYS = [1, 20] as const
const DUPLICATE_MS = [60_000, 3 * DAY_MS] as const
const WEEKS_CARRIED = 4

/** What arrives in a week (some of it happened earlier), and what was planted in the week itself. */
export type Week = { week: number; effort: Effort; deliveries: Deliveries; order: Uint32Array }

/**
 * The weeks [from, to) of the district's year, one at a time. A week is the same whichever range it is part of: the four
 * weeks before `from` are laid out too, for what arrives late.
 */
export function* weeksOf(plan: District, from = 0, to = plan.year.weeks): Generator<Week> {
  const pending = Array.from({ length: plan.year.weeks }, () => new Deliveries())
  for (let week = Math.max(0, from - WEEKS_CARRIED); week < Math.min(to, plan.year.weeks); week++) {
    const effort = layOutWeek(plan, week, pending)
    const deliveries = pending[week]!
    pending[week] = new Deliveries()
    if (week < from) continue
    yield { week, effort, deliveries, order: deliveries.inOrder(plan.year.midnightMs[week * 7]!) }
  }
}

const byNumber: readonly (Trace | undefined)[] = Array.from({ length: 256 }, (_, number) =>
  traces.find(trace => trace.number === number),
)

export function traceOf(row: Row): Trace {
  return byNumber[row.trace]!
}

/** Writes records; keep one per run. `write` gives the JSON of a row as it is delivered. */
export function recordWriter(plan: District): (row: Row, variant: number) => string {
  const random = new Random()
  return (row, variant) => {
    const trace = traceOf(row)
    const malformed = variant === VARIANT.malformed
    const id = idOf(plan, row, variant, random)
    const fault = malformed ? random.below(trace.faults.length) : -1
    return trace.write(plan, row, id, random, fault)
  }
}

/** Id of a record as delivered; leaves `random` at the start of the record's details. */
export function idOf(plan: District, row: Row, variant: number, random: Random): string {
  const stream = variant === VARIANT.malformed ? STREAM.malformed : STREAM.record
  return uuid(random.restart(plan.seed, stream + 256 * row.trace, row.week, row.ordinal))
}

/** Number of the fault that the malformed delivery of a row has. */
export function faultOf(plan: District, row: Row, random: Random): number {
  idOf(plan, row, VARIANT.malformed, random)
  return random.below(traceOf(row).faults.length)
}

/** Let every trace lay out its records, and deal each to the week in which it arrives. */
function layOutWeek(plan: District, week: number, pending: Deliveries[]): Effort {
  const effort = planEffort(plan, week)
  const draws = new Random()
  const fate = new Random()
  const row = emptyRow()
  row.week = week
  for (const trace of traces) {
    row.trace = trace.number
    let ordinal = 0
    trace.layOut(plan, effort, draws, (at, who, a = 0, b = 0) => {
      row.ordinal = ordinal++
      row.at = at
      row.who = who
      row.a = a
      row.b = b
      fate.restart(plan.seed, STREAM.faults + 256 * trace.number, week, row.ordinal)
      deliver(plan, row, fate, trace.faults.length > 0, pending)
    })
  }
  return effort
}

function deliver(plan: District, row: Row, fate: Random, canBeMalformed: boolean, pending: Deliveries[]): void {
  const { year } = plan
  const last = year.midnightMs[year.weeks * 7]! - 1
  const lateTo = row.at + fate.between(LATE_DAYS[0], LATE_DAYS[1]) * DAY_MS
  // What would arrive after the year's end comes in time instead.
  const late = fate.chance(LATE_SHARE) && lateTo <= last
  const arrival = late ? lateTo : Math.min(row.at, last)
  pending[weekAt(year, arrival)]!.push(arrival, row, VARIANT.original, late)
  if (fate.chance(DUPLICATE_SHARE)) {
    const again = Math.min(arrival + fate.between(DUPLICATE_MS[0], DUPLICATE_MS[1]), last)
    pending[weekAt(year, again)]!.push(again, row, VARIANT.duplicate, false)
  }
  const badDay = (dayAt(year, row.at) + 3 * row.trace) % BAD_DAY_EVERY === 0
  if (canBeMalformed && badDay && fate.chance(MALFORMED_ON_A_BAD_DAY)) {
    pending[weekAt(year, arrival)]!.push(arrival, row, VARIANT.malformed, false)
  }
}
