import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HomeroomError } from '../../infra/errors.ts'
import type { XapiVersion } from '../../schemas/xapi.ts'
import { aHomeroom } from '../helpers/a-homeroom.ts'

/** What came of the suite for one version of xAPI. */
export type ConformanceRun = {
  version: XapiVersion
  /** Cases that the suite itself says it has, after `grep`. */
  total: number
  passed: number
  failed: number
  /** Cases that the suite itself leaves out. */
  pending: number
  seconds: number
  /** Each with its chapter, so that `grep` finds it again; a failed hook too, which keeps the cases after it from running. */
  failures: { name: string; message: string }[]
}

export type ConformanceOptions = {
  /** A checkout of adlnet/lrs-conformance-test-suite in which `npm install` was run. */
  suite: string
  version: XapiVersion
  /** Only the cases whose full title matches this regular expression. */
  grep?: string | undefined
  onProgress?: (done: number, total: number, failed: number) => void
}

type Target = { endpoint: string; authUser: string; authPass: string }

/** A case has 15 seconds in the suite, and a request of it can wait for several hooks. */
const SILENCE_MS = 180_000
const SOURCE = 'conformance'

/**
 * Run ADL's conformance suite against a new Homeroom: temporary data, embedded engine and log, all roles in one command.
 * The suite is started as its own console runner starts it and is not changed; its log files are not written.
 * @throws HomeroomError BENCH_INCOMPLETE if there is no suite, or it ended without having run every case
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceRun> {
  const suite = resolve(options.suite)
  for (const path of [join(suite, 'bin', 'lrs-test.js'), join(suite, 'node_modules', 'mocha')]) {
    if (existsSync(path)) continue
    throw new HomeroomError(
      'BENCH_INCOMPLETE',
      `${path} does not exist; expected a checkout of adlnet/lrs-conformance-test-suite with npm install done. Nothing was run`,
    )
  }
  const homeroom = await aHomeroom()
  try {
    const said = await homeroom.command('user', 'source', SOURCE, '--doors', 'xapi')
    const authPass = /^password: (\S+)$/m.exec(said)?.[1]
    if (!authPass)
      throw new HomeroomError('BENCH_INCOMPLETE', 'homeroom user source printed no password. Nothing was run')
    await homeroom.start()
    const target = { endpoint: `${homeroom.url}/xapi`, authUser: SOURCE, authPass }
    return await runSuite(suite, target, options)
  } finally {
    await homeroom.remove()
  }
}

/** @throws HomeroomError BENCH_INCOMPLETE if it ended without having run every case */
export async function runSuite(
  suite: string,
  target: Target,
  options: Pick<ConformanceOptions, 'version' | 'grep' | 'onProgress'>,
): Promise<ConformanceRun> {
  return complete(await driven(join(suite, 'bin', 'lrs-test.js'), suite, target, options))
}

/** A run that ended early is no result: what was not run might have failed. */
function complete(run: ConformanceRun): ConformanceRun {
  const done = run.passed + run.failed + run.pending
  const hooks = run.failures.length - run.failed
  if (run.total > 0 && done === run.total && hooks === 0) return run
  const listed = run.failures.map(({ name, message }) => `${name}: ${message}`).join('\n')
  throw new HomeroomError(
    'BENCH_INCOMPLETE',
    `the suite for ${run.version} ran ${done} of ${run.total} cases (${run.passed} passed, ${run.failed} failed; ${hooks} hooks failed), so this is no result.\n${listed}`,
  )
}

async function driven(
  runner: string,
  suite: string,
  target: Target,
  { version, grep, onProgress }: Pick<ConformanceOptions, 'version' | 'grep' | 'onProgress'>,
): Promise<ConformanceRun> {
  const child = fork(runner, [], { cwd: suite, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  const began = performance.now()
  const tally = new Tally()
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  try {
    await ended(child, message => {
      if (message.action === 'ready') {
        child.send({
          action: 'runTests',
          payload: { xapiVersion: version, basicAuth: true, ...target, ...(grep && { grep }) },
        })
      }
      if (tally.hear(message)) onProgress?.(tally.done(), tally.total, tally.failures.length)
    })
  } catch (cause) {
    throw new HomeroomError('BENCH_INCOMPLETE', `the suite for ${version} ended early; it said: ${said || 'nothing'}`, {
      cause,
    })
  }
  if (!tally.ended) {
    throw new HomeroomError(
      'BENCH_INCOMPLETE',
      `the suite for ${version} ended after ${tally.done()} of ${tally.total} cases; it said: ${said || 'nothing'}`,
    )
  }
  const { total, passed, failed, pending, failures } = tally
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1))
  return { version, total, passed, failed, pending, seconds, failures }
}

type Message = { action: string; payload?: unknown }

/** Resolves when the suite's process has ended; one that is silent for too long is ended. */
async function ended(child: ChildProcess, hear: (message: Message) => void): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>()
  const watch = setTimeout(() => {
    child.kill('SIGKILL')
    reject(new Error(`the suite said nothing for ${SILENCE_MS / 1000} s`))
  }, SILENCE_MS)
  child.on('message', (message: Message) => {
    watch.refresh()
    hear(message)
  })
  child.once('error', reject)
  child.once('close', () => done())
  try {
    await promise
  } finally {
    clearTimeout(watch)
    child.kill()
  }
}

/** Counts what the suite's reporter tells, case by case. */
class Tally {
  total = 0
  passed = 0
  failed = 0
  pending = 0
  ended = false
  readonly failures: ConformanceRun['failures'] = []
  #chapters: string[] = []
  /** The case that runs; a failure under another title is one of a hook. */
  #running: { title: string; result: 'none' | 'passed' | 'failed' } | null = null

  done(): number {
    return this.passed + this.failed + this.pending
  }

  /** @returns whether a case ended */
  hear({ action, payload }: Message): boolean {
    const title = String(payload)
    if (action === 'start') this.total = Number(payload)
    else if (action === 'suite start') this.#chapters.push(title)
    else if (action === 'suite end') this.#chapters.pop()
    else if (action === 'test start') this.#running = { title, result: 'none' }
    else if (action === 'test pass') this.#passes()
    else if (action === 'test fail') this.#fails(payload as { title: string; message: string })
    else if (action === 'pending') this.pending++
    else if (action === 'end') this.ended = true
    else return action === 'test end'
    return false
  }

  #passes(): void {
    this.passed++
    if (this.#running) this.#running.result = 'passed'
  }

  #fails({ title, message }: { title: string; message: string }): void {
    const name = [...this.#chapters, title].filter(part => part !== '').join(' ')
    const running = this.#running?.title === title ? this.#running : null
    // A case that called back twice is told of twice, and is one case.
    if (running?.result === 'failed') return
    this.failures.push({ name, message })
    if (!running) return
    if (running.result === 'passed') this.passed--
    this.failed++
    running.result = 'failed'
  }
}
