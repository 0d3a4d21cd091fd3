import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../infra/main.ts', import.meta.url))
const EGSINGLE = fileURLToPath(new URL('./reference/egsingle/egsingle.csv', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-compute-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Answer = { code: number; out: Record<string, unknown>; errors: string }

async function compute(...args: string[]): Promise<Answer> {
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, 'compute', ...args])
    return { code: 0, out: JSON.parse(stdout), errors: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout === '' ? {} : JSON.parse(stdout), errors: stderr }
  }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const table = async (path: string): Promise<string[][]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map(line => line.split(','))

const GROWTH = ['--student', 'i', '--time', 't', '--score', 'y']

test('compute growth prints what lme4 says of the Sustaining Effects Study, and writes its students', async () => {
  const students = join(folder, 'students.csv')
  const { code, out } = await compute(
    'growth',
    EGSINGLE,
    ...GROWTH,
    '--school',
    's',
    '--levels',
    '3',
    '--students',
    students,
  )
  expect(code).toBe(0)
  expect(out).toMatchObject({
    status: 'ok',
    levels: 3,
    rows: 7230,
    students: 1721,
    schools: 60,
    movers: 0,
    fixed: { intercept: expect.closeTo(-0.7791601515, 6), slope: expect.closeTo(0.7631245997, 6) },
    student: { sd: { intercept: expect.closeTo(0.8002965, 5), slope: expect.closeTo(0.1061035, 5) } },
    school: { sd: { intercept: expect.closeTo(0.4105575, 5), slope: expect.closeTo(0.1061315, 5) } },
    sigma: expect.closeTo(0.5490288, 6),
    reml_deviance: expect.closeTo(16336.7394, 3),
  })
  expect(out['school_growth']).toContainEqual(
    expect.objectContaining({ school_id: '2020', value: expect.closeTo(0.190631, 5), se: expect.closeTo(0.042874, 5) }),
  )
  const [header, ...rows] = await table(students)
  expect(rows).toHaveLength(1721)
  const child = Object.fromEntries(header!.map((name, at) => [name, rows.find(([id]) => id === '101480302')![at]!]))
  expect(Number(child['intercept'])).toBeCloseTo(0.040001, 4)
  expect(Number(child['slope'])).toBeCloseTo(-0.011353, 5)
  expect(child).toMatchObject({ status: 'insufficient', growth: '', reason: expect.stringContaining('reliability') })
})

test('rows that cannot be read are told and left out, missing and impossible scores are counted', async () => {
  const rows = [...Array(40).keys()].flatMap(i =>
    [0, 1, 2].map(t => `${i},${t},${480 + ((i * 7 + t * 5) % 13) + 10 * t}`),
  )
  const path = await file('odd.csv', ['i,t,y', ...rows, '1,3,NA', '1,3,high', '1,3', '1,3,99999'].join('\n'))
  const { code, out, errors } = await compute('growth', path, ...GROWTH, '--range', '0,1000')
  expect(code).toBe(1)
  expect(out).toMatchObject({ status: 'ok', rows: 120, left_out: { missing: 1, unread: 2, impossible: 1 } })
  expect(errors).toContain('row 123: y is "high", expected a number. The row was left out')
  expect(errors).toContain('row 124: 2 fields, expected 3')
})

test('a table that no model can be fitted to gives status and reason, and students without numbers', async () => {
  const rows = [...Array(40).keys()].flatMap(i => [0, 1, 2].map(t => `${i},${t},500`))
  const students = join(folder, 'equal.csv')
  const path = await file('equal-scores.csv', ['i,t,y', ...rows].join('\n'))
  const { code, out } = await compute('growth', path, ...GROWTH, '--students', students)
  expect(code).toBe(0)
  expect(out).toMatchObject({ status: 'insufficient', reason: 'all scores are equal' })
  expect((await table(students))[1]).toEqual([
    '0',
    '',
    '3',
    '',
    '',
    '',
    '',
    '',
    '',
    'insufficient',
    'all scores are equal',
  ])
})

test('what is asked for wrongly is refused in one sentence', async () => {
  const missing = await compute('growth', EGSINGLE, '--student', 'child', '--time', 't', '--score', 'y')
  expect(missing).toMatchObject({ code: 1, out: {}, errors: expect.stringContaining('no column child') })
  const school = await compute('growth', EGSINGLE, ...GROWTH, '--levels', '3')
  expect(school).toMatchObject({ code: 1, errors: expect.stringContaining('needs --school') })
  const levels = await compute('growth', EGSINGLE, ...GROWTH, '--levels', '4')
  expect(levels).toMatchObject({ code: 1, errors: expect.stringContaining('expected 2 or 3') })
})

test('compute mastery traces 1, 0, 1, 1, 1 in order of time, by given parameters', async () => {
  const students = join(folder, 'mastery.csv')
  const path = await file(
    'responses.csv',
    'who,skill,right,at\nada,add,1,2026-03-05\nada,add,1,2026-03-01\nada,add,false,2026-03-02\nada,add,true,2026-03-04\nada,add,1,2026-03-03\n',
  )
  const columns = ['--student', 'who', '--skill', 'skill', '--correct', 'right', '--time', 'at']
  const given = ['--parameters', '.3,.15,.2,.1', '--students', students]
  const { code, out } = await compute('mastery', path, ...columns, ...given)
  expect(code).toBe(0)
  expect(out).toMatchObject({ responses: 5, students: 1, skills: [{ skill: 'add', origin: 'given', mastered: 1 }] })
  const [, row] = await table(students)
  expect(row!.slice(0, 3)).toEqual(['ada', 'add', '5'])
  expect(Number(row![3])).toBeCloseTo(0.98641521436, 9)
})

test('compute mastery without enough students takes the default parameters, and says so', async () => {
  const path = await file('few.csv', 'who,right\nada,1\nben,0\nben,maybe\n')
  const { code, out, errors } = await compute('mastery', path, '--student', 'who', '--correct', 'right')
  expect(code).toBe(1)
  expect(out).toMatchObject({
    left_out: { unread: 1 },
    skills: [{ origin: 'default', initial: 0.3, reason: 'students who answered: 2; 200 are needed to fit' }],
  })
  expect(errors).toContain('right is "maybe"')
})
