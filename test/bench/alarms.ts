import { Random } from '../../infra/demo/random.ts'
import { advance, nothingYet } from '../../processors/alarms/trace.ts'
import { runLengths } from '../processors/alarms/run-lengths.ts'

/** Another than the demo's: nothing was chosen with it. */
const SEED = 8
const STREAM = 901
const DROPS = [0.2, 0.4, 0.6, 0.8, 1, 1.2]
const [STUDENTS, SCHOOLS, WEEKS] = [6600, 24, 36]

/** Run lengths of the design by long simulation, and how many drops of which size are found how soon. */
export function benchAlarms(): object[] {
  return [...designRuns(), ...DROPS.map(powerOf)]
}

function designRuns(): object[] {
  const designs = [
    { limit: 2.586818, runs: 40_000, weeks: 360 },
    { limit: 3, runs: 20_000, weeks: 1128.04 },
  ]
  return designs.map(({ limit, runs, weeks }) => {
    const began = performance.now()
    const { mean, se } = runLengths({ limit, runs, seed: SEED })
    return {
      measured: `weeks between two alarms, limit ${limit}`,
      design: weeks,
      simulated: round(mean, 1),
      'standard error': round(se, 1),
      seconds: round((performance.now() - began) / 1000, 1),
    }
  })
}

/**
 * The law of the planted district (indicators G): minutes Poisson(exp(student + week + N(0, .28))), 6 % of the students with a drop of
 * the logarithm from a week of 12 to 28 on.
 */
function powerOf(drop: number): object {
  const planted = plantedYear(drop)
  let [alarms, right, drops, within4, within8, controls, flagged] = [0, 0, 0, 0, 0, 0, 0]
  for (let student = 0; student < STUDENTS; student++) {
    const onset = planted.onset[student]!
    const first = firstAlarm(student, planted.deviation)
    if (first >= 0) alarms++
    if (onset < 0) {
      controls++
      if (first >= 0) flagged++
      continue
    }
    drops++
    if (first >= onset) right++
    if (first >= onset && first < onset + 4) within4++
    if (first >= onset && first < onset + 8) within8++
  }
  return {
    measured: `drop of ${drop} (to ${Math.round(100 * Math.exp(-drop))} %)`,
    'found in 4 weeks': round(within4 / drops, 2),
    'in 8 weeks': round(within8 / drops, 2),
    'in the year': round(right / drops, 2),
    precision: round(right / alarms, 2),
    'controls flagged': round(flagged / controls, 3),
  }
}

type Planted = { onset: Int16Array; deviation: Float64Array[] }

function plantedYear(drop: number): Planted {
  const random = new Random().restart(SEED, STREAM, Math.round(drop * 100), 0)
  const usual = Float64Array.from({ length: STUDENTS }, () => random.normal(Math.log(110), 0.45))
  const onset = Int16Array.from({ length: STUDENTS }, () => (random.chance(0.06) ? 12 + random.below(17) : -1))
  const deviation = Array.from({ length: WEEKS }, (_, week) => {
    const shared = random.normal(0, 0.12) - ([12, 13, 26].includes(week) ? 0.9 : 0)
    const levels = Float64Array.from({ length: STUDENTS }, (_, i) => {
      const dropped = onset[i]! >= 0 && week >= onset[i]! ? drop : 0
      return Math.log1p(random.poisson(Math.exp(usual[i]! + shared + random.normal(0, 0.28) - dropped)))
    })
    const medians = Array.from({ length: SCHOOLS }, (_, school) =>
      median(levels.filter((_, i) => i % SCHOOLS === school)),
    )
    return levels.map((level, i) => level - medians[i % SCHOOLS]!)
  })
  return { onset, deviation }
}

function firstAlarm(student: number, deviation: readonly Float64Array[]): number {
  const standing = nothingYet()
  return deviation.findIndex((week, i) => {
    const monday = `w${String(i).padStart(2, '0')}`
    return advance(standing, { week: monday, deviation: week[student]! }, []).alarm !== null
  })
}

function median(values: Float64Array): number {
  const sorted = values.toSorted()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
