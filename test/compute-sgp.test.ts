import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reference } from './processors/growth-reference.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../infra/main.ts', import.meta.url))
const MINUTE_MS = 60_000
const r = reference('egsingle')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-sgp-'))
  await file('scores.csv', eachChild([], []))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The children of egsingle with more columns. */
const eachChild = (names: string[], columns: ((row: number) => string)[]): string =>
  [
    ['i', 'p2', 'p1', 'y', ...names],
    ...r.columns.i!.map((child, row) => [
      child,
      ...['p2', 'p1', 'y'].map(name => r.columns[name]![row]!),
      ...columns.map(column => column(row)),
    ]),
  ]
    .map(line => `${line.join(',')}\n`)
    .join('')

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

async function sgp(...args: string[]): Promise<{ code: number; lines: string[][]; out: string; errors: string }> {
  const options = { cwd: folder, maxBuffer: 1e8 }
  const { code, stdout, stderr } = await run(process.execPath, [MAIN, 'compute', 'sgp', ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
  return { code, out: stdout, lines: linesOf(stdout), errors: stderr }
}

const linesOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split(','))

test(
  'the rows come back in their order with the percentiles of R',
  async () => {
    const { code, lines } = await sgp('scores.csv', '--priors', 'p2,p1', '--score', 'y')
    expect(code).toBe(0)
    expect(lines[0]).toEqual(['i', 'p2', 'p1', 'y', 'sgp', 'sgp_status', 'sgp_reason'])
    const rows = lines.slice(1)
    expect(rows.map(row => row[0])).toEqual(r.columns.i)
    expect(Uint8Array.from(rows, row => Number(row[4]))).toEqual(r.sgp)
    expect(new Set(rows.map(row => row[5]))).toEqual(new Set(['ok']))
  },
  MINUTE_MS,
)

test(
  'with standard errors every percentile has bounds, and --json says what was done',
  async () => {
    const scores = await file('csem.tsv', eachChild(['se'], [() => '0.3']).replaceAll(',', '\t'))
    const { out } = await sgp(
      scores,
      '--priors',
      'p2,p1',
      '--score',
      'y',
      '--csem',
      'se',
      '--out',
      'bounds.tsv',
      '--json',
    )
    expect(JSON.parse(out)).toMatchObject({ rows: 1192, faults: 0, cohorts: 1, percentiles: 1192, without: {} })
    expect((JSON.parse(out) as { mean: number }).mean).toBeCloseTo(49.380034, 6)
    const lines = (await readFile(join(folder, 'bounds.tsv'), 'utf8')).trimEnd().split('\n')
    const first = lines[1]!.split('\t').slice(5)
    expect(lines[0]!.split('\t').slice(5)).toEqual(['sgp', 'sgp_low', 'sgp_high', 'sgp_status', 'sgp_reason'])
    expect(first[0]).toBe('24')
    expect(Number(first[1])).toBeLessThan(24)
    expect(Number(first[2])).toBeGreaterThan(24)
  },
  MINUTE_MS,
)

test(
  'coefficients that were written place late scores as the fit did; a cohort of its own for each name',
  async () => {
    const scores = await file('cohorts.csv', eachChild(['grade'], [row => `0${1 + (row % 2)}`]))
    const options = ['--priors', 'p2,p1', '--score', 'y', '--cohort', 'grade']
    const fitted = await sgp(scores, ...options, '--model', 'models.json')
    const late = await sgp(scores, ...options, '--with', 'models.json')
    expect(late.lines).toEqual(fitted.lines)
    const models = JSON.parse(await readFile(join(folder, 'models.json'), 'utf8')) as Record<
      string,
      { students: number }[]
    >
    expect(Object.entries(models).map(([name, [first]]) => [name, first!.students])).toEqual([
      ['01', 596],
      ['02', 596],
    ])
    const unknown = await sgp('scores.csv', '--priors', 'p2,p1', '--score', 'y', '--with', 'models.json')
    expect(unknown).toMatchObject({ code: 1, out: '' })
    expect(unknown.errors).toMatch('FILE_INVALID: no coefficients of cohort ""; the file has 01, 02')
  },
  MINUTE_MS,
)

test(
  'what is no number, missing or impossible has its reason; what is no row is told and left out',
  async () => {
    const text = eachChild([], []).split('\n')
    const [first, second, third] = [1, 2, 3].map(row => text[row]!.split(','))
    text[1] = [...first!.slice(0, 3), 'absent'].join(',')
    text[2] = [second![0], 'NA', '', second![3]].join(',')
    text[3] = [...third!.slice(0, 3), '88'].join(',')
    text.splice(5, 0, '1,2,3', '"1,2,3,4')
    const { code, lines, errors } = await sgp(
      await file('bad.csv', text.join('\n')),
      '--priors',
      'p2,p1',
      '--score',
      'y',
      '--range',
      '-10,10',
    )
    expect(code).toBe(1)
    expect(errors).toMatch('ROW_INVALID: ' + join(folder, 'bad.csv') + ' row 6: 3 fields, expected 4 as in the header')
    expect(errors).toMatch('row 7: a quoted field that is not closed')
    expect(lines.length).toBe(1193)
    expect(lines.slice(1, 4).map(row => row.slice(4).join(','))).toEqual([
      ',insufficient,"no score in this window; y is ""absent"", expected a number"',
      ',insufficient,no prior score to compare with',
      ',insufficient,the score is outside the range of the test',
    ])
    expect(lines.slice(4).every(row => Number(row[4]) >= 1 && Number(row[4]) <= 99)).toBe(true)
    expect(lines.flat().join()).not.toMatch(/NaN|Infinity/)
  },
  MINUTE_MS,
)

test.each([
  [['none.csv', '--priors', 'p1', '--score', 'y'], 'FILE_INVALID: none.csv cannot be read'],
  [['scores.csv', '--priors', 'p1', '--score', 'z'], 'no column z, expected one; the file has i, p2, p1, y'],
  [['scores.csv', '--priors', 'p1,p1', '--score', 'y'], 'expected one column or two, oldest first'],
  [['scores.csv', '--priors', 'p1', '--score', 'y', '--json'], 'ARGUMENT_INVALID: compute sgp --json needs --out FILE'],
  [['scores.csv', '--priors', 'p1', '--score', 'y', '--range', '5,1'], 'expected two numbers, the lower first'],
])(
  '%j is refused in a sentence',
  async (args, sentence) => {
    const { code, out, errors } = await sgp(...args)
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(errors).toContain(sentence)
  },
  MINUTE_MS,
)
