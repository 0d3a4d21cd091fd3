import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HomeroomError } from '../../infra/errors.ts'
import { runConformance, runSuite, type ConformanceRun } from './conformance.ts'

const TARGET = { endpoint: 'http://127.0.0.1:1/xapi', authUser: 'u', authPass: 'p' }
type Told = [action: string, payload?: unknown]

let suite: string
beforeAll(async () => {
  suite = await mkdtemp(join(tmpdir(), 'homeroom-suite-'))
  await mkdir(join(suite, 'bin'))
})
afterAll(() => rm(suite, { recursive: true, force: true }))

/** What comes of a suite that tells this, as the real one does, and then ends. */
async function ran(...told: Told[]): Promise<ConformanceRun> {
  const script = `
    const say = (action, payload) => new Promise(done => process.send({ action, payload }, done))
    process.on('message', async ({ payload }) => {
      if (payload.xapiVersion !== '2.0.0' || payload.authPass !== 'p') process.exit(3)
      for (const [action, title] of ${JSON.stringify(told)}) await say(action, title)
      process.exit(0)
    })
    void say('ready')`
  await writeFile(join(suite, 'bin', 'lrs-test.js'), script)
  return runSuite(suite, TARGET, { version: '2.0.0' })
}

const passes = (title: string): Told[] => [
  ['test start', title],
  ['test pass', title],
  ['test end', title],
]
const fails = (title: string, message = 'it should not'): Told[] => [
  ['test start', title],
  ['test fail', { title, message }],
  ['test end', title],
]

test('cases are counted as the suite tells them, and failures are named with their chapters', async () => {
  const run = await ran(
    ['start', 3],
    ['suite start', ''],
    ['suite start', 'Statements'],
    ...passes('one'),
    ...fails('two'),
    ['suite end', 'Statements'],
    ['suite start', 'About'],
    ['pending', 'three'],
    ['suite end', 'About'],
    ['end'],
  )
  expect(run).toMatchObject({ version: '2.0.0', total: 3, passed: 1, failed: 1, pending: 1 })
  expect(run.failures).toEqual([{ name: 'Statements two', message: 'it should not' }])
})

test('a case that passed and then failed is one case, and has failed', async () => {
  const twice: Told[] = [
    ['test pass', 'one'],
    ...[1, 2].map((): Told => ['test fail', { title: 'one', message: 'late' }]),
  ]
  const run = await ran(['start', 1], ['test start', 'one'], ...twice, ['test end', 'one'], ['end'])
  expect(run).toMatchObject({ passed: 0, failed: 1, failures: [{ name: 'one' }] })
})

describe('no result is', () => {
  test.each<[string, Told[], string]>([
    ['a suite that stops before it says that it ended', [['start', 1], ...passes('one')], 'ended after 1 of 1'],
    ['one that has no case', [['start', 0], ['end']], 'ran 0 of 0'],
    ['one of whose cases some were not run', [['start', 3], ...passes('one'), ['end']], 'ran 1 of 3'],
    [
      'one with a failed hook',
      [['start', 1], ['test fail', { title: '"before all" hook', message: 'timeout' }], ...passes('one'), ['end']],
      '"before all" hook: timeout',
    ],
  ])('%s', async (_what, told, says) => {
    const error = await ran(...told).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(HomeroomError)
    expect((error as HomeroomError).code).toBe('BENCH_INCOMPLETE')
    expect((error as HomeroomError).message).toContain(says)
  })

  test('a folder that holds no suite', async () => {
    const missing = runConformance({ suite: join(suite, 'nothing'), version: '1.0.3' })
    await expect(missing).rejects.toThrow('expected a checkout of adlnet/lrs-conformance-test-suite')
  })
})
