import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../infra/main.ts', import.meta.url))
const reference = (name: string): string => fileURLToPath(new URL(`./reference/climate/${name}`, import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeroom-scale-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function scale(...args: string[]) {
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, 'compute', 'scale', ...args])
    return { code: 0, out: JSON.parse(stdout), errors: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout === '' ? {} : JSON.parse(stdout), errors: stderr }
  }
}

const ITEMS = ['--items', 'A1,A2,A3,A4,A5', '--range', '1,6']

test('compute scale prints the alpha and omega of psych for five items', async () => {
  const { code, out, errors } = await scale(reference('bfiA.csv'), ...ITEMS)
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(out).toMatchObject({
    respondents: 197,
    reliability: {
      status: 'ok',
      alpha: {
        value: expect.closeTo(0.7148562, 7),
        lo95: expect.closeTo(0.646677, 6),
        hi95: expect.closeTo(0.773294, 6),
      },
      omega: { correlation: expect.closeTo(0.744362, 6), covariance: expect.closeTo(0.730254, 6) },
    },
  })
})

test('a question turned round that should not be is said on standard error and in the answer', async () => {
  const { code, out, errors } = await scale(reference('bfiA.csv'), ...ITEMS, '--reverse', 'A1')
  expect(code).toBe(0)
  expect(errors).toContain('A1 contradicts the other questions: check which are reverse-coded')
  expect(out).toMatchObject({ reliability: { status: 'items only', contrary: ['A1'] } })
})

test('with schools it prints intraclass correlations and shrunken means, as lme4 has them', async () => {
  const { code, out } = await scale(reference('climate.csv'), '--items', 'y', '--range', '0,10', '--school', 's')
  expect(code).toBe(0)
  expect(out).toMatchObject({
    reliability: { status: 'insufficient', alpha: null, omega: null },
    intraclass: { icc1: expect.closeTo(0.015038, 6), icc2: expect.closeTo(0.233922, 6) },
    model: { status: 'ok', groups: 15, tau2: expect.closeTo(0.003928, 6), sigma2: expect.closeTo(0.257296, 6) },
  })
  expect(out.schools[0]).toMatchObject({
    school: '0',
    n: 20,
    mean: expect.closeTo(2.63925, 9),
    shrunken: { value: expect.closeTo(2.84939, 6) },
  })
})

test('missing answers keep their row, impossible ones are counted, rows without a number are told and left out', async () => {
  const file = join(folder, 'answers.csv')
  const respondents = join(folder, 'respondents.csv')
  await writeFile(file, 'school,a,b,c\nn,4,1,NA\nn,,,3\n,9,1,4\nm,often,1,1\nm,2,2,2\n')
  const of = ['--items', 'a,b,c', '--reverse', 'b', '--range', '1,4', '--school', 'school']
  const { code, out, errors } = await scale(file, ...of, '--respondents', respondents)
  expect(code).toBe(1)
  expect(errors).toContain('row 5: a is "often", expected a number. The row was left out')
  expect(out).toMatchObject({
    respondents: 4,
    scored: 3,
    left_out: { unread: 1, answers_outside_range: 1 },
    model: { status: 'insufficient', reason: 'no group has two values' },
  })
  expect((await readFile(respondents, 'utf8')).trim().split('\n')).toEqual([
    'row,school,score,straight_lined',
    '1,n,4,0',
    '2,n,,0',
    '3,,4,0',
    '4,m,2.3333333333333335,0',
  ])
})

test('what is asked for wrongly is refused in one sentence', async () => {
  const reverse = await scale(reference('bfiA.csv'), ...ITEMS, '--reverse', 'B1')
  expect(reverse).toMatchObject({ code: 1, out: {}, errors: expect.stringContaining('--reverse names B1') })
  const missing = await scale(reference('bfiA.csv'), '--items', 'A1,A9', '--range', '1,6')
  expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('no column A9') })
  const range = await scale(reference('bfiA.csv'), '--items', 'A1', '--range', '6,1')
  expect(range).toMatchObject({ code: 1, errors: expect.stringContaining('the lower first') })
})
