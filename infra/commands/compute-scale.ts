import { Command, InvalidArgumentError } from 'commander'
import { reliability } from '../../processors/climate/reliability.ts'
import { isFavourable, scaleScores } from '../../processors/climate/scale-scores.ts'
import { finiteMean } from '../../processors/statistics/finite-mean.ts'
import { groupSums, type GroupSums } from '../../processors/statistics/group-sums.ts'
import { intraclass, oneWay, shrunken } from '../../processors/statistics/one-way.ts'
import { wilson } from '../../processors/statistics/wilson.ts'
import { HomeroomError } from '../errors.ts'
import { numbered, readColumns, writeTable } from './table-columns.ts'
import { numberOf } from './table.ts'

type Options = {
  items: string[]
  range: [number, number]
  reverse?: string[]
  school?: string
  respondents?: string
}

/** `compute scale`: scores of a survey's scale, how far they can be relied on, and how schools differ. */
export function computeScaleCommand(): Command {
  return new Command('scale')
    .description(
      'scores of one scale of a survey, reliability, schools: prints JSON; --respondents writes one row each',
    )
    .argument('<file>', 'CSV or TSV with a header, one row per respondent')
    .requiredOption('--items <columns>', 'the questions of the scale: a,b,c', namesOf)
    .requiredOption('--range <low,high>', 'ends of the answers: 1,4', rangeOf)
    .option('--reverse <columns>', 'questions that are turned round: b', namesOf)
    .option('--school <column>', 'where: adds intraclass correlations and shrunken means of schools')
    .option('--respondents <file>', 'write every row of the file there: score, straight-lining')
    .action(computeScale)
}

async function computeScale(file: string, options: Options): Promise<void> {
  const began = performance.now()
  const { items, range, reverse = [], school } = options
  const strange = reverse.filter(name => !items.includes(name))
  if (strange.length > 0)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `compute scale --reverse names ${strange.join(', ')}, expected some of --items ${items.join(',')}. Nothing was computed`,
    )
  const { answers, schools, faults, outside } = await readAnswers(file, options)
  const [min, max] = range
  const of = { min, max, reverse: items.map(name => reverse.includes(name)) }
  const { scores, straightLined, scored } = scaleScores(answers, of)
  const relied = reliability(scored, items)
  const all = groupSums(new Int32Array(scores.length), scores, 1)[0] ?? null
  if (options.respondents !== undefined)
    await writeTable(options.respondents, ['row', 'school', 'score', 'straight_lined'], respondents())
  const result = {
    respondents: scores.length,
    scored: all?.n ?? 0,
    straight_lined: straightLined.reduce((sum, flag) => sum + flag, 0),
    mean: meanOf(all),
    reliability: described(relied, items),
    items: items.map((name, i) => itemOf(name, scored[i]!, of, relied.itemRest[i]!)),
    ...(school !== undefined && schoolsOf(schools, scores)),
    left_out: { unread: faults, answers_outside_range: outside },
    ms: Math.round(performance.now() - began),
  }
  if (relied.reason !== '') process.stderr.write(`The scale: ${relied.reason}\n`)
  console.log(JSON.stringify(result, null, 2))
  if (faults > 0) process.exitCode = 1

  function* respondents() {
    for (const [row, score] of scores.entries())
      yield [row + 1, schools[row]!, Number.isNaN(score) ? null : score, straightLined[row]!]
  }
}

/** One column of numbers a question; an empty cell is no answer, and keeps its row. */
async function readAnswers(file: string, { items, range: [min, max], school }: Options) {
  const read = (text: string): number | undefined => {
    const value = numberOf(text)
    return Number.isNaN(value) ? NO_ANSWER : value
  }
  const { texts, numbers, faults } = await readColumns(file, school === undefined ? [] : [school], items, read)
  let outside = 0
  const answers = numbers.map(column =>
    Float64Array.from(column, value => {
      if (value >= min && value <= max) return value
      if (value !== NO_ANSWER) outside++
      return Number.NaN
    }),
  )
  return { answers, schools: texts[0] ?? Array.from(answers[0]!, () => ''), faults, outside }
}

/** What readColumns keeps of a cell that is empty: it leaves rows with NaN out. */
const NO_ANSWER = Number.NEGATIVE_INFINITY

function described(
  { alpha, omega, loadings, complete, status, reason, contrary }: ReturnType<typeof reliability>,
  items: readonly string[],
) {
  // prettier-ignore
  const named = contrary.map(i => items[i]!)
  return { status, reason, complete, alpha, omega, loadings, contrary: named }
}

function itemOf(item: string, scored: Float64Array, of: { min: number; max: number }, item_rest: number | null) {
  const known = scored.filter(value => !Number.isNaN(value))
  const favourable = known.filter(value => isFavourable(value, of)).length
  const mean = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  return { item, n: known.length, mean, favourable: wilson(favourable, known.length), item_rest }
}

function schoolsOf(texts: readonly string[], scores: Float64Array) {
  const { names, number } = numbered(texts)
  const placed = number.map(at => (names[at] === '' ? -1 : at))
  const sums = groupSums(placed, scores, names.length)
  const some = sums.filter(one => one !== null)
  const model = oneWay(some)
  const unfit = 'unfit' in model ? model.unfit : null
  return {
    intraclass: intraclass(some),
    model: 'unfit' in model ? { status: 'insufficient', reason: model.unfit } : { status: 'ok', ...model },
    schools: names.flatMap((school, at) => {
      if (school === '') return []
      const own = sums[at] ?? null
      const found = 'unfit' in model ? null : shrunken(model, own)
      const shown = found && { value: found.value, se: found.se, lo95: found.value - Z * found.se, hi95: found.value + Z * found.se, keep: found.keep } // prettier-ignore
      return [{ school, ...meanOf(own), shrunken: shown, ...(unfit !== null && { reason: unfit }) }]
    }),
  }
}

const Z = 1.959963984540054

/** Of a table nobody knows who else could have answered: no correction for a finite population. */
function meanOf(sums: GroupSums | null) {
  const known = sums && finiteMean(sums, Infinity)
  return { n: sums?.n ?? 0, mean: sums?.mean ?? null, se: known?.se ?? null, lo95: known?.lo95 ?? null, hi95: known?.hi95 ?? null } // prettier-ignore
}

function namesOf(value: string): string[] {
  const names = value.split(',').map(name => name.trim())
  if (names.every(Boolean) && new Set(names).size === names.length) return names
  throw new InvalidArgumentError('expected different columns, for example a,b,c')
}

function rangeOf(value: string): [number, number] {
  const [low, high, ...more] = value.split(',').map(Number)
  if (low !== undefined && high !== undefined && low < high && more.length === 0) return [low, high]
  throw new InvalidArgumentError('expected two numbers, the lower first, for example 1,4')
}
