import { fitPercentiles, scorePercentiles, type PercentileModel } from './percentile-model.ts'
import {
  CLAMPED,
  FEWER_PRIORS,
  IMPOSSIBLE_PRIOR,
  IMPOSSIBLE_SCORE,
  MIN_STUDENTS,
  NO_INTERVAL,
  NO_PRIOR,
  NO_SCORE,
  OK,
  SMALL_COHORT,
  WHY_NO_MODEL,
} from './percentile-outcomes.ts'

/** Scores of one cohort: district × subject × grade × test window. One place per student in every array; NaN = none. */
export type CohortScores = {
  /** One or two, of the same subject in the grades before; the most recent first. */
  priors: readonly Float64Array[]
  score: Float64Array
  /** Conditional standard error of measurement of the score, in its points. */
  csem?: Float64Array
  /** Lowest and highest obtainable score; what lies outside is impossible and takes no part. */
  range?: readonly [number, number]
  /** The same of every prior. */
  priorRanges?: readonly (readonly [number, number])[]
  /** SGP's adjustment at the highest obtainable score; needs `range`. Default false. */
  adjustHighest?: boolean
}

export type GrowthPercentiles = {
  /** 1..99; 0 = none, `why` says why. */
  percentile: Uint8Array
  /** Percentiles of score - csem and score + csem, 1..99; 0 = none. */
  low: Uint8Array
  high: Uint8Array
  /** Index into WHY. */
  why: Uint8Array
  /** Sum of the bits of percentile-outcomes.ts; `outcomeOf` says both in words. */
  notes: Uint8Array
  /** Those that scored, the one with the most priors first. To be stored, for scores that come late. */
  models: PercentileModel[]
}

/**
 * Student growth percentiles of one cohort (A1): fits, and places every score by the fits.
 *
 * A student is compared by the model of the most priors that he or she has, as far as the cohort is large enough for it. A
 * prior whose knots collapse (hardly any different values) is dropped.
 *
 * @param options.keepAll also fit models that nobody here needs: for scores that come late
 * @throws HomeroomError INTERNAL if a fit does not converge
 * Source: Betebenner 2009; definition and where we differ: README.md, A1
 */
export function growthPercentiles(cohort: CohortScores, options: { keepAll?: boolean } = {}): GrowthPercentiles {
  const { usable, found } = judged(cohort)
  /** By number of a prior: why it alone gives no model. */
  const failed = [OK, OK, OK]
  for (const priors of [[1, 2], [1], [2]]) {
    if (priors.length > usable.priors.length || priors.at(-1)! > usable.priors.length) continue
    // Without the most recent score only where nobody's can be used.
    if (priors[0] === 2 && failed[1] !== WHY_NO_MODEL.few_prior_values) continue
    const rows = rowsWith(priors, usable)
    const waiting = rows.filter(row => found.why[row] === WAITING)
    if (rows.length < MIN_STUDENTS[priors.length - 1]! || (waiting.length === 0 && !options.keepAll)) continue
    const model = fitPercentiles(priors, usable.priors, usable.score, rows)
    if (typeof model === 'string') {
      if (priors.length === 1) failed[priors[0]!] = WHY_NO_MODEL[model]
      continue
    }
    found.models.push(model)
    scoreRows(model, usable, waiting, found)
  }
  found.why.forEach((why, row) => {
    if (why === WAITING) found.why[row] = Number.isNaN(usable.priors[0]![row]) ? NO_PRIOR : failed[1] || SMALL_COHORT
  })
  return found
}

/**
 * Percentiles of scores that came after the fit, by the models that it left. A refit waits for the next scheduled release.
 *
 * @param models as they were stored, the one with the most priors first
 */
export function latePercentiles(cohort: CohortScores, models: readonly PercentileModel[]): GrowthPercentiles {
  const { usable, found } = judged(cohort)
  found.models.push(...models)
  for (const model of models) {
    const priors = model.priors.map(({ prior }) => prior)
    if (priors.some(prior => prior > usable.priors.length)) continue
    scoreRows(
      model,
      usable,
      rowsWith(priors, usable).filter(row => found.why[row] === WAITING),
      found,
    )
  }
  found.why.forEach((why, row) => {
    if (why === WAITING) found.why[row] = NO_PRIOR
  })
  return found
}

/** Judged and not yet scored: never leaves this file. */
const WAITING = 255

/** What can be used of a cohort: impossible scores are left out, and it is written down where. */
function judged(cohort: CohortScores): { usable: CohortScores; found: GrowthPercentiles } {
  const students = cohort.score.length
  const found: GrowthPercentiles = {
    percentile: new Uint8Array(students),
    low: new Uint8Array(students),
    high: new Uint8Array(students),
    why: new Uint8Array(students).fill(WAITING),
    notes: new Uint8Array(students),
    models: [],
  }
  const score = possible(cohort.score, cohort.range, row => (found.why[row] = IMPOSSIBLE_SCORE))
  const priors = cohort.priors.map((prior, i) =>
    possible(prior, cohort.priorRanges?.[i], row => (found.notes[row]! |= IMPOSSIBLE_PRIOR)),
  )
  score.forEach((value, row) => {
    if (Number.isNaN(value) && found.why[row] === WAITING) found.why[row] = NO_SCORE
  })
  return { usable: { ...cohort, priors, score }, found }
}

/** The values, NaN where one is impossible or there is none. */
function possible(
  values: Float64Array,
  [low, high]: readonly [number, number] = [-Number.MAX_VALUE, Number.MAX_VALUE],
  onImpossible: (row: number) => void,
): Float64Array {
  return values.map((value, row) => {
    if (Number.isNaN(value) || (value >= low && value <= high)) return value
    onImpossible(row)
    return Number.NaN
  })
}

/** Students who have the score and all of these priors. */
function rowsWith(priors: readonly number[], { priors: columns, score }: CohortScores): Uint32Array {
  const rows: number[] = []
  for (let row = 0; row < score.length; row++) {
    if (!Number.isNaN(score[row]) && priors.every(prior => !Number.isNaN(columns[prior - 1]![row]))) rows.push(row)
  }
  return Uint32Array.from(rows)
}

function scoreRows(model: PercentileModel, cohort: CohortScores, rows: Uint32Array, found: GrowthPercentiles): void {
  const { priors, score, csem, range, adjustHighest } = cohort
  const hasError = (row: number): boolean => csem !== undefined && csem[row]! > 0 && Number.isFinite(csem[row])
  const moved = (sign: number): Float64Array =>
    score.map((value, row) => (hasError(row) ? value + sign * csem![row]! : Number.NaN))
  const asked = [
    { score, out: found.percentile },
    ...(csem === undefined
      ? []
      : [
          { score: moved(-1), out: found.low },
          { score: moved(1), out: found.high },
        ]),
  ]
  const isClamped = new Uint8Array(score.length)
  scorePercentiles(model, priors, rows, asked, isClamped, adjustHighest ? range?.[1] : undefined)
  for (const row of rows) {
    found.why[row] = OK
    if (!hasError(row)) found.notes[row]! |= NO_INTERVAL
    if (isClamped[row] === 1) found.notes[row]! |= CLAMPED
    const present = priors.filter(prior => !Number.isNaN(prior[row])).length
    if (present > model.priors.length) found.notes[row]! |= FEWER_PRIORS
  }
}
