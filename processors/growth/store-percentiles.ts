import { hash } from 'node:crypto'
import type { Columns } from '../../infra/warehouse/read-columns.ts'
import { latePercentiles, type CohortScores, type GrowthPercentiles } from './percentiles.ts'
import type { PercentileModel } from './percentile-model.ts'
import type { TestScale } from './scales.ts'
import { NO_PRIOR, OK, outcomeOf, SMALL_COHORT } from './percentile-outcomes.ts'

/** Rows `from` … `to` − 1 of the window pairs: everybody of one window and grade. */
export type Cohort = { window: string; grade: string; from: number; to: number }

/** What a fit leaves: the models, and what is said of those who have a prior score but no model. */
export type CohortFit = { models: PercentileModel[]; otherwise: number }

/** `percentilesOfCohorts`, or fewer threads of it. */
export type FitCohorts = (cohorts: readonly CohortScores[]) => Promise<GrowthPercentiles[]>

/** A fit as it is kept. `inputs`: hash of the scores that it was made of. */
export type KeptFit = CohortFit & { inputs: string; students: number; cutOffMs: number }

export type PlacedScore = {
  row: number
  prior: number | null
  priors: number
  /** Quarter of the cohort by the prior score, 1..4; 0 = no prior. */
  band: number
  value: number | null
  lo: number | null
  hi: number | null
  status: string
  reason: string
}

/** The cohorts of window pairs, which come ordered by window and grade. */
export function cohortsOf(pairs: Columns): Cohort[] {
  const [windows, grades] = [pairs.texts('window'), pairs.texts('grade')]
  const cohorts: Cohort[] = []
  for (let row = 0; row < pairs.rows; row++) {
    const [window, grade] = [windows[row]!, grades[row]!]
    const last = cohorts.at(-1)
    if (last?.window === window && last.grade === grade) last.to = row + 1
    else cohorts.push({ window, grade, from: row, to: row + 1 })
  }
  return cohorts
}

/** Numbers of one cohort, one place per student. */
export type WindowCohort = {
  scores: CohortScores
  /** 1: stored before the cut-off, and so part of the fit. */
  fits: Float64Array
  /** Milliseconds since 1970. */
  cutOffMs: number
}

/** @param scale of the test, if it is known: scores that it cannot give are none */
export function scoresOf(pairs: Columns, { from, to }: Cohort, scale: TestScale | null = null): WindowCohort {
  const range = scale === null ? undefined : ([scale.lowest, scale.highest] as const)
  const part = (name: string): Float64Array => pairs.floats(name).subarray(from, to)
  const priors = [part('prior_1'), part('prior_2')]
  return {
    scores: {
      score: part('score'),
      priors,
      csem: csemOf(part('csem'), scale),
      ...(range && { range, priorRanges: [range, range] }),
    },
    fits: part('fits'),
    cutOffMs: pairs.floats('cut_off')[from]!,
  }
}

/** What each score says of its error of measurement, else what is known of the test's; NaN: neither. */
const csemOf = (said: Float64Array, scale: TestScale | null): Float64Array =>
  scale?.csem === undefined ? said : said.map(csem => (Number.isNaN(csem) ? scale.csem! : csem))

/**
 * The fit of each cohort: the kept one, if it was made of the same scores; else a new one. So a fit follows from the scores
 * that were stored before its cut-off, whatever the order in which they came.
 */
export async function fitsFor(
  cohorts: readonly (WindowCohort & { kept: KeptFit | undefined })[],
  fit: FitCohorts,
): Promise<KeptFit[]> {
  const asked = cohorts.map(({ scores, fits, kept, cutOffMs }) => {
    const early = [...fits.keys()].filter(row => fits[row] === 1)
    const pick = (values: Float64Array): Float64Array => Float64Array.from(early, row => values[row]!)
    const cohort = { ...scores, csem: undefined, score: pick(scores.score), priors: scores.priors.map(pick) }
    const range = Float64Array.from(cohort.range ?? [])
    const inputs = hashOf([cohort.score, ...cohort.priors, range])
    return { cohort, inputs, cutOffMs, kept: kept?.inputs === inputs ? kept : undefined }
  })
  const fresh = asked.filter(({ kept }) => kept === undefined)
  const found = await fit(fresh.map(({ cohort }) => cohort))
  const made = new Map(fresh.map((one, i) => [one, found[i]!]))
  return asked.map(one => {
    if (one.kept !== undefined) return one.kept
    const { models, why } = made.get(one)!
    const otherwise = otherwiseOf(why, one.cohort.priors[0]!)
    return { models, otherwise, inputs: one.inputs, students: one.cohort.score.length, cutOffMs: one.cutOffMs }
  })
}

/** Everybody's percentile by the cohort's fit, those of late scores too. */
export function placed(scores: CohortScores, { models, otherwise }: CohortFit): PlacedScore[] {
  const found = latePercentiles(scores, models)
  const bands = bandsOf(scores.priors[0]!)
  return Array.from(scores.score, (_, row) => {
    const [one, two] = [scores.priors[0]![row]!, scores.priors[1]![row]!]
    const hasPrior = !Number.isNaN(one)
    const why = found.why[row] === NO_PRIOR && hasPrior ? otherwise : found.why[row]!
    const value = (percentile: number): number | null => (why === OK && percentile > 0 ? percentile : null)
    return {
      row,
      prior: hasPrior ? one : null,
      priors: Number(hasPrior) + Number(!Number.isNaN(two)),
      band: bands[row]!,
      value: value(found.percentile[row]!),
      lo: value(found.low[row]!),
      hi: value(found.high[row]!),
      ...outcomeOf(why, found.notes[row]!),
    }
  })
}

/** What is said of those with a prior score for whom a fit left no model. */
const otherwiseOf = (why: Uint8Array, priors: Float64Array): number =>
  why.find((code, row) => code !== OK && code !== NO_PRIOR && !Number.isNaN(priors[row]!)) ?? SMALL_COHORT

/** Quarters of the cohort by the prior score; those with equal scores stand in one. 0 = no prior. */
export function bandsOf(prior: Float64Array): Uint8Array {
  const sorted = prior.filter(value => !Number.isNaN(value)).sort()
  return Uint8Array.from(prior, value => {
    if (Number.isNaN(value)) return 0
    const below = lowerBound(sorted, value)
    return 1 + Math.floor((4 * below) / sorted.length)
  })
}

function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Students come in the order of their pseudonyms: the same scores give the same bytes. */
function hashOf(columns: readonly Float64Array[]): string {
  const bytes = columns.map(column => Buffer.from(column.buffer, column.byteOffset, column.byteLength))
  return hash('sha256', Buffer.concat(bytes), 'hex').slice(0, 16)
}
