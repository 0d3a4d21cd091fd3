import { MOMENTS } from '../statistics/additive-sums.ts'
import { LINE } from '../statistics/growth-elimination.ts'
import { schoolEffects, studentEffects, type Effects } from '../statistics/mixed-model-effects.ts'
import { fitGrowth, type GrowthModel } from '../statistics/mixed-model.ts'
import { someOf, type Histories } from './histories.ts'
import { whyNotVertical, type TestScale } from './scales.ts'

/**
 * A fitted model, frozen until the next fit: what comes later is computed with it. Numbers and texts only, so that it can be
 * stored as JSON.
 */
export type GrowthFit = {
  status: 'ok' | 'insufficient' | 'not_applicable'
  /** Null unless status is `ok`. */
  model: GrowthModel | null
  /** Why there is no model, or only one of two levels; '' = neither. */
  reason: string
  /** Of every school by its id; empty with two levels. */
  schools: Record<string, SchoolLine>
}

export type SchoolLine = {
  /** Whole line with its covariances, as `carry` gives it. */
  line: number[]
  /** How many points a year its students grow more than others; shrunken. */
  slope: number
  slopeSe: number
  /** Students with enough scores. */
  students: number
}

export const LEAST_SCORES = 3
export const LEAST_YEARS = 0.5
/** With fewer a spread of slopes cannot be told from noise (design constant). */
export const LEAST_STUDENTS = 10

/** Scores enough for a slope of one's own. */
export const hasEnough = ({ sums, first, last }: Histories, student: number): boolean =>
  sums.moments[MOMENTS * student]! >= LEAST_SCORES && last[student]! - first[student]! >= LEAST_YEARS

/**
 * Fit the growth of a district's students (indicators A3): three levels, or two where there are no two schools. Students with few
 * scores are part of the fit though none of them is shown. A student without a known school is a school of their own, which
 * nobody is shown.
 */
export function fitTrajectories(histories: Histories, scale: TestScale | null, levels: 2 | 3): GrowthFit {
  const incomparable = whyNotVertical(scale)
  if (incomparable !== '') return { ...none(incomparable), status: 'not_applicable' }
  const enough = histories.students.reduce((count, _, student) => count + Number(hasEnough(histories, student)), 0)
  if (enough < LEAST_STUDENTS)
    return none(`students with ${LEAST_SCORES} scores over half a year: ${enough}; ${LEAST_STUDENTS} are needed`)
  const named = [...new Set(histories.school)].filter(Boolean).sort()
  const three = levels === 3 && named.length > 1
  const school = three ? schoolNumbers(histories.school, new Map(named.map((id, at) => [id, at]))) : null
  const model = fitGrowth(histories.sums, school)
  if ('unfit' in model) return none(model.unfit)
  const single = levels === 3 && !three ? 'a single school: district and school are the same' : ''
  if (school === null) return { status: 'ok', model, reason: single, schools: {} }
  const counted = new Map<string, number>()
  histories.school.forEach((id, student) => {
    counted.set(id, (counted.get(id) ?? 0) + Number(hasEnough(histories, student)))
  })
  const effects = schoolEffects(model, histories.sums, school)
  const lines = named.map((id, at): [string, SchoolLine] => [
    id,
    {
      line: [...effects.lines.subarray(LINE * at, LINE * (at + 1))],
      slope: effects.slope[at]!,
      slopeSe: effects.slopeSe[at]!,
      students: counted.get(id)!,
    },
  ])
  // The model counts the schools that there are, not those that stand for students without one.
  return { status: 'ok', model: { ...model, schools: named.length }, reason: '', schools: Object.fromEntries(lines) }
}

/**
 * Effects of students under a frozen fit: those that were in it, with or without later scores, and new ones.
 * A school that the fit does not know is treated as one of a single student.
 */
export function effectsUnder(fit: GrowthFit & { model: GrowthModel }, histories: Histories): Effects {
  const { model, schools } = fit
  if (model.levels === 2) return studentEffects(model, histories.sums, null)
  const known = Object.keys(schools)
  const unknown = histories.students.keys().filter(student => !Object.hasOwn(schools, histories.school[student]!))
  const alone = [...unknown]
  const ofAlone = schoolEffects(model, someOf(histories, alone).sums, Int32Array.from(alone.keys()))
  const lines = Float64Array.from([...known.flatMap(id => schools[id]!.line), ...ofAlone.lines])
  const of = schoolNumbers(histories.school, new Map(known.map((id, at) => [id, at])))
  return studentEffects(model, histories.sums, { of, lines })
}

/** Numbers of named schools, and after them one for each student whose school has none, in their order. */
function schoolNumbers(school: readonly string[], named: ReadonlyMap<string, number>): Int32Array {
  let next = named.size
  return Int32Array.from(school, id => named.get(id) ?? next++)
}

const none = (reason: string): GrowthFit => ({ status: 'insufficient', model: null, reason, schools: {} })
