import { Random } from '../../../infra/demo/random.ts'
import { DESIGN, EMPTY, isCrossed, put, type Design } from '../../../processors/alarms/chart.ts'

export type RunLengths = {
  /** Weeks from the first Q to the alarm. */
  mean: number
  /** Standard error of the mean. */
  se: number
  /** Share of runs that had no alarm by then; they count as that long. */
  censored: number
}

type Simulation = {
  limit: number
  runs: number
  seed: number
  /** Drop from the first Q on, in standard deviations. */
  shift?: number
  /** Ordinary weeks before it. */
  before?: number
}

/** Of which a run is cut: less than one in a thousand of an ARL of 1,128 is longer. */
const LONGEST = 8000
/** Stream of `infra/demo/random.ts`, apart from those of the demo. */
const STREAM = 900

/** Weeks between two alarms of a student whose deviations are independent and normal, by simulation. */
export function runLengths({ limit, runs, seed, shift = 0, before = DESIGN.baselineWeeks }: Simulation): RunLengths {
  const design: Design = { ...DESIGN, limit, floor: 0 }
  const random = new Random()
  let [sum, squares, censored] = [0, 0, 0]
  for (let run = 0; run < runs; run++) {
    random.restart(seed, STREAM, run, 0)
    const length = runLength(random, design, { shift, before })
    sum += length
    squares += length * length
    if (length === LONGEST) censored++
  }
  const mean = sum / runs
  return { mean, se: Math.sqrt((squares / runs - mean * mean) / runs), censored: censored / runs }
}

/** Alarms in the ordinary weeks before a shift are none: what is asked is how soon the shift is seen. */
function runLength(random: Random, design: Design, { shift, before }: { shift: number; before: number }): number {
  const chart = { ...EMPTY }
  for (let week = 0; week < before; week++) put(chart, random.normal(0, 1), design)
  chart.e = 0
  for (let week = 1; week < LONGEST; week++) {
    put(chart, random.normal(-shift, 1), design)
    if (isCrossed(chart, design)) return week
  }
  return LONGEST
}
