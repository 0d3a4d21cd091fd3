import { Command, InvalidArgumentError } from 'commander'
import {
  mastery,
  skillParameters,
  traced,
  type Mastery,
  type Responses,
  type SkillParameters,
} from '../../processors/growth/mastery.ts'
import type { TracingParameters } from '../../processors/statistics/knowledge-tracing.ts'
import { numbered, readColumns, writeTable, type Columns } from './table-columns.ts'
import { numberOf } from './table.ts'

type Options = {
  student: string
  skill?: string
  correct: string
  time?: string
  parameters?: TracingParameters
  students?: string
}

/** `compute mastery`: knowledge tracing of a table of responses, skill by skill. */
export function computeMasteryCommand(): Command {
  return new Command('mastery')
    .description(
      'who knows which skill, by Bayesian knowledge tracing: prints JSON; --students writes one row per student and skill',
    ) // prettier-ignore
    .argument('<file>', 'CSV or TSV with a header, one row per response')
    .requiredOption('--student <column>', 'who')
    .requiredOption('--correct <column>', '1 or true, 0 or false')
    .option('--skill <column>', 'of what; default: all rows are of one skill')
    .option('--time <column>', 'when: a number in ms, or an ISO 8601 time; default: in the order of the rows')
    .option(
      '--parameters <numbers>',
      'initial,learn,guess,slip for every skill; default: fitted where there is enough',
      parametersOf,
    )
    .option('--students <file>', 'write every student and skill there')
    .action(computeMastery)
}

async function computeMastery(file: string, options: Options): Promise<void> {
  const began = performance.now()
  const read = await readColumns(
    file,
    [options.student, ...(options.skill === undefined ? [] : [options.skill])],
    [options.correct, ...(options.time === undefined ? [] : [options.time])],
    (text, column) => (column === options.correct ? rightOf(text) : timeOf(text)),
  )
  const { responses, students, skills } = inOrder(read)
  const parameters = options.parameters
    ? skills.map((): SkillParameters => ({
        ...options.parameters!,
        origin: 'given',
        students: 0,
        responses: 0,
        reason: '',
      }))
    : skillParameters(responses, skills.length)
  const run = traced(responses, parameters)
  // Without times nothing is stale; with them, what is old beside the newest response of the file.
  const newest_ms = responses.at_ms.reduce((latest, at_ms) => Math.max(latest, at_ms), 0)
  const rows = mastery(run, newest_ms)
  if (options.students !== undefined) await writeTable(options.students, HEADER, rowsOf(rows, students, skills))
  console.log(
    JSON.stringify(
      {
        responses: responses.correct.length,
        students: students.length,
        skills: skills.map((skill, at) =>
          described(
            skill,
            parameters[at]!,
            rows.filter(row => row.skill === at),
          ),
        ),
        left_out: { missing: read.missing, unread: read.faults },
        ms: Math.round(performance.now() - began),
      },
      null,
      2,
    ),
  )
  if (read.faults > 0) process.exitCode = 1
}

/** Rows by student, skill, time and place in the file. */
function inOrder({ texts, numbers }: Columns): { responses: Responses; students: string[]; skills: string[] } {
  const student = numbered(texts[0]!)
  const skill = numbered(texts[1] ?? texts[0]!.map(() => ''))
  const correct = numbers[0]!
  const at_ms = numbers[1] ?? correct.map((_, row) => row)
  const order = Uint32Array.from(correct.keys()).sort(
    (a, b) =>
      student.number[a]! - student.number[b]! || skill.number[a]! - skill.number[b]! || at_ms[a]! - at_ms[b]! || a - b,
  )
  const responses = {
    student: Int32Array.from(order, row => student.number[row]!),
    skill: Int32Array.from(order, row => skill.number[row]!),
    correct: Uint8Array.from(order, row => correct[row]!),
    at_ms: Float64Array.from(order, row => at_ms[row]!),
  }
  return { responses, students: student.names, skills: skill.names }
}

function described(skill: string, { reason, ...parameters }: SkillParameters, rows: readonly Mastery[]) {
  return {
    skill,
    ...parameters,
    students: rows.length,
    responses: rows.reduce((sum, row) => sum + row.responses, 0),
    mastered: rows.filter(row => row.mastered).length,
    ...(reason !== '' && { reason }),
  }
}

const HEADER = ['student', 'skill', 'responses', 'mastery', 'mastered', 'status', 'reason']

function* rowsOf(rows: readonly Mastery[], students: readonly string[], skills: readonly string[]) {
  for (const { student, skill, responses, value, mastered, status, reason } of rows)
    yield [students[student]!, skills[skill]!, responses, value, mastered, status, reason]
}

function rightOf(text: string): number | undefined {
  const value = { true: 1, false: 0 }[text.trim().toLowerCase()] ?? numberOf(text)
  return value === undefined || value === 0 || value === 1 || Number.isNaN(value) ? value : undefined
}

function timeOf(text: string): number | undefined {
  const number = numberOf(text)
  if (number !== undefined) return number
  const at_ms = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN
  return Number.isNaN(at_ms) ? undefined : at_ms
}

function parametersOf(value: string): TracingParameters {
  const [initial, learn, guess, slip, ...more] = value.split(',').map(Number)
  const all = [initial, learn, guess, slip]
  const inside = all.every(one => one !== undefined && one > 0 && one < 1) && more.length === 0
  if (inside && guess! + slip! < 1) return { initial: initial!, learn: learn!, guess: guess!, slip: slip! }
  throw new InvalidArgumentError('expected four numbers between 0 and 1, guess + slip below 1, for example .3,.1,.2,.1')
}
