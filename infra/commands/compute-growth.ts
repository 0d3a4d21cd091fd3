import { Command, InvalidArgumentError } from 'commander'
import { effectsUnder, fitTrajectories, type GrowthFit } from '../../processors/growth/growth-fit.ts'
import type { Histories } from '../../processors/growth/histories.ts'
import type { TestScale } from '../../processors/growth/scales.ts'
import { schoolGrowth, trajectories } from '../../processors/growth/trajectories.ts'
import { sumsOf } from '../../processors/statistics/additive-sums.ts'
import type { GrowthModel, Spread } from '../../processors/statistics/mixed-model.ts'
import { HomeroomError } from '../errors.ts'
import { numbered, readColumns, writeTable, type Columns } from './table-columns.ts'

type Options = {
  student: string
  school?: string
  time: string
  score: string
  levels: 2 | 3
  range?: [number, number]
  students?: string
}

/** `compute growth`: the growth model of a table of scores, and the lines of its students. */
export function computeGrowthCommand(): Command {
  return new Command('growth')
    .description('growth in points a year by a mixed model (REML): prints JSON; --students writes one row per student')
    .argument('<file>', 'CSV or TSV with a header, one row per score')
    .requiredOption('--student <column>', 'who')
    .requiredOption('--time <column>', 'when, in years from anywhere')
    .requiredOption('--score <column>', 'points on one vertical scale')
    .option('--school <column>', 'where: needed for three levels; who has several counts where most scores are')
    .option('--levels <number>', '2: students; 3: students in schools', levelsOf, 2)
    .option('--range <low,high>', 'lowest and highest obtainable score: what lies outside is impossible', rangeOf)
    .option('--students <file>', 'write every student there: effects as lme4 has them, growth, status and reason')
    .action(computeGrowth)
}

async function computeGrowth(file: string, options: Options): Promise<void> {
  if (options.levels === 3 && options.school === undefined)
    throw new HomeroomError('ARGUMENT_INVALID', 'compute growth --levels 3 needs --school COLUMN. Nothing was computed')
  const began = performance.now()
  const read = await readColumns(
    file,
    [options.student, ...(options.school === undefined ? [] : [options.school])],
    [options.time, options.score],
  )
  const [lowest, highest] = options.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const scale: TestScale = { vertical: true, lowest, highest }
  const { histories, movers } = historiesOfColumns(read, scale)
  const fitBegan = performance.now()
  const fit = fitTrajectories(histories, scale, options.levels)
  const fit_ms = performance.now() - fitBegan
  if (options.students !== undefined) await writeTable(options.students, HEADER, studentRows(fit, histories))
  const left_out = { missing: read.missing, unread: read.faults, impossible: histories.leftOut.impossible }
  const ms = { fit_ms: Math.round(10 * fit_ms) / 10, ms: Math.round(performance.now() - began) }
  console.log(JSON.stringify({ ...described(fit), movers, left_out, ...ms }, null, 2))
  if (read.faults > 0) process.exitCode = 1
}

/** Times are the file's own: no window and no dates. */
function historiesOfColumns({ texts, numbers }: Columns, { lowest, highest }: TestScale) {
  const [times, scores] = numbers as [number[], number[]]
  const kept = [...scores.keys()].filter(row => scores[row]! >= lowest && scores[row]! <= highest)
  const { names, number } = numbered(kept.map(row => texts[0]![row]!))
  const time = Float64Array.from(kept, row => times[row]!)
  const score = Float64Array.from(kept, row => scores[row]!)
  const first = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY)
  const last = new Float64Array(names.length).fill(Number.NEGATIVE_INFINITY)
  const seen = names.map(() => new Map<string, number>())
  kept.forEach((row, at) => {
    const student = number[at]!
    first[student] = Math.min(first[student]!, time[at]!)
    last[student] = Math.max(last[student]!, time[at]!)
    const school = texts[1]?.[row] ?? ''
    if (school !== '') seen[student]!.set(school, (seen[student]!.get(school) ?? 0) + 1)
  })
  const histories: Histories = {
    students: names,
    school: seen.map(of => [...of].reduce(([most, n], [id, m]) => (m > n ? [id, m] : [most, n]), ['', 0])[0]),
    sums: sumsOf({ unit: number, time, score }, names.length),
    first,
    last,
    origin: '',
    leftOut: { impossible: scores.length - kept.length, 'another scale': 0 },
  }
  return { histories, movers: seen.filter(of => of.size > 1).length }
}

function described(fit: GrowthFit) {
  const { model, status, reason } = fit
  if (model === null) return { status, reason }
  return {
    status,
    reason,
    levels: model.levels,
    rows: model.rows,
    students: model.students,
    schools: model.schools,
    fixed: { intercept: model.fixed[0], slope: model.fixed[1] },
    fixed_se: { intercept: model.fixedSe[0], slope: model.fixedSe[1] },
    student: spreadOf(model.student),
    school: model.school && spreadOf(model.school),
    sigma: model.sigma,
    reml_deviance: model.deviance,
    evaluations: model.evaluations,
    school_growth: schoolGrowth(fit),
  }
}

const spreadOf = ({ sd, correlation, singular }: Spread) => ({
  sd: { intercept: sd[0], slope: sd[1] },
  correlation,
  ...(singular !== '' && { singular }),
})

const HEADER = ['student', 'school', 'scores', 'intercept', 'slope', 'slope_se', 'growth', 'growth_se', 'reliability', 'status', 'reason'] // prettier-ignore

/** `intercept`, `slope`, `slope_se`: deviation from the line above, for every student; `growth`: only where it can be told. */
function* studentRows(fit: GrowthFit, histories: Histories) {
  const effects = fit.model === null ? null : effectsUnder({ ...fit, model: fit.model as GrowthModel }, histories)
  for (const [at, row] of trajectories(fit, histories).entries()) {
    const own = [effects?.intercept[at] ?? null, effects?.slope[at] ?? null, effects?.slopeSe[at] ?? null]
    const { student_id, school_id, n, value, se, reliability, status, reason } = row
    yield [student_id, school_id, n, ...own, value, se, reliability, status, reason]
  }
}

function levelsOf(value: string): 2 | 3 {
  if (value === '2') return 2
  if (value === '3') return 3
  throw new InvalidArgumentError('expected 2 or 3')
}

function rangeOf(value: string): [number, number] {
  const [low, high, ...more] = value.split(',').map(Number)
  if (low !== undefined && high !== undefined && low < high && more.length === 0) return [low, high]
  throw new InvalidArgumentError('expected two numbers, the lower first, for example 100,350')
}
