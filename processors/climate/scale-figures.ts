import { groupSums, type GroupSums } from '../statistics/group-sums.ts'
import { intraclass, oneWay, shrunken } from '../statistics/one-way.ts'
import { postStratified } from '../statistics/post-stratified.ts'
import { reliability, whyNoScore, type Reliability } from './reliability.ts'
import { scaleScores } from './scale-scores.ts'
import type { Scale } from './scales.ts'

/** One response: the answers to `items` as scored, null = none. */
export type Answered = { school_id: string; grade: string; scored: (number | null)[]; straight: boolean }
/** How many could have answered. */
export type Eligible = { school_id: string; grade: string; people: number }

export type ScaleFigures = {
  relied: Reliability
  scored: number
  /** Why no score is shown; '' = it may be. */
  whyNot: string
  /** Of schools; null where nothing can be fitted. */
  model: { mean: number; se: number; tau2: number; sigma2: number } | null
  icc1: number | null
  icc2: number | null
  schools: SchoolFigures[]
}
export type SchoolFigures = {
  school_id: string
  n: number
  shrunken: { value: number; se: number; keep: number } | null
  weighted: { value: number; se: number } | null
}

/** Below this many nothing of a school is told (indicators 0). */
const LEAST = 10

/**
 * A scale over the district: how far its scores can be relied on, how schools differ, and each school's mean drawn towards
 * all of them and weighted to its grades.
 *
 * @param items ids in the order of `scored`
 */
export function scaleFigures(
  scale: Scale,
  items: readonly string[],
  people: readonly Answered[],
  eligible: readonly Eligible[],
): ScaleFigures {
  const columns = scale.items.map(id => {
    const at = items.indexOf(id)
    return Float64Array.from(people, ({ scored }) => scored[at] ?? Number.NaN)
  })
  // Turned round already: as scored.
  const { scores } = scaleScores(columns, { min: scale.min, max: scale.max, reverse: columns.map(() => false) })
  const relied = reliability(columns, scale.items)
  const bySchool = sumsBy(people, scores, ({ school_id }) => school_id)
  bySchool.delete('')
  const sums = [...bySchool.values()]
  const model = oneWay(sums)
  const fitted = 'unfit' in model ? null : model
  const between = intraclass(sums)
  return {
    relied,
    scored: scores.reduce((n, score) => (Number.isNaN(score) ? n : n + 1), 0),
    whyNot: scale.whyNot || whyNoScore(relied),
    model: fitted,
    icc1: between?.icc1 ?? null,
    icc2: between?.icc2 ?? null,
    schools: [...bySchool].flatMap(([school_id, own]) =>
      own.n < LEAST
        ? []
        : [
            {
              school_id,
              n: own.n,
              shrunken: fitted && shrunken(fitted, own),
              weighted: weightedMean(school_id, people, scores, eligible),
            },
          ],
    ),
  }
}

function weightedMean(
  school: string,
  people: readonly Answered[],
  scores: Float64Array,
  eligible: readonly Eligible[],
) {
  const rows = [...people.keys()].filter(row => people[row]!.school_id === school)
  const own = rows.map(row => people[row]!)
  // Whose grade is not known stands for no grade.
  if (own.some(({ grade }) => grade === '')) return null
  const byGrade = sumsBy(
    own,
    Float64Array.from(rows, row => scores[row]!),
    ({ grade }) => grade,
  )
  const strata = eligible
    .filter(({ school_id }) => school_id === school)
    .map(({ grade, people: could }) => ({ eligible: could, answered: byGrade.get(grade) ?? null }))
  if ([...byGrade.keys()].some(grade => !eligible.some(one => one.school_id === school && one.grade === grade)))
    return null
  return postStratified(strata)
}

/** Of groups with any score, in order of their names. */
function sumsBy(
  people: readonly Answered[],
  scores: Float64Array,
  nameOf: (one: Answered) => string,
): Map<string, GroupSums> {
  const names = [...new Set(people.map(nameOf))].sort()
  const at = new Map(names.map((name, index) => [name, index]))
  const sums = groupSums(
    Int32Array.from(people, one => at.get(nameOf(one))!),
    scores,
    names.length,
  )
  return new Map(names.flatMap((name, index) => (sums[index] ? [[name, sums[index]] as const] : [])))
}
