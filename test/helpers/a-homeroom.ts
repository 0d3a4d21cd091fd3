import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { childEnvironment, readConfig, type Config } from '../../infra/config.ts'
import type { Readiness } from '../../infra/commands/server.ts'
import { isRunning } from '../../infra/is-running.ts'
import { readLock } from '../../infra/warehouse/engine/lock-file.ts'
import { freePort } from './kafka-broker.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const MINUTE_MS = 60_000
const LOOK_EVERY_MS = 100
const STDERR_KEPT = 8000

/** The processes of one `homeroom all`. */
export type Processes = { main: number; processor: number; engine: number }

/** A Homeroom as an operator has it: its command line, on a data folder, a district and a port of its own. */
export type Homeroom = {
  url: string
  config: Config
  /** Run a command of the command line on the same data to its end. @returns what it printed */
  command(...args: string[]): Promise<string>
  /** `homeroom all`; resolves when it is ready to take records. */
  start(): Promise<void>
  /** Resolves when `/readyz` says that everything received is stored and recomputed. */
  caughtUp(deadline_ms?: number): Promise<void>
  processes(): Promise<Processes>
  /** Resolves when further records have reached the warehouse: everything runs, and in full work. */
  moreStored(): Promise<void>
  /** kill -9 of the main process; resolves when it is gone. @returns who they were: processor and engine may still run */
  kill(): Promise<Processes>
  /** SIGTERM to the main process. @returns how it ended, and which processes it left behind */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number; left: string[] }>
  /** End what still runs and remove the data. */
  remove(): Promise<void>
}

/** A new Homeroom with no data; nothing runs yet. */
export async function aHomeroom(settings: Partial<Config> = {}): Promise<Homeroom> {
  const data = await mkdtemp(join(tmpdir(), 'homeroom-all-'))
  const config = readConfig(
    {},
    {
      data,
      secretsFile: join(data, 'secrets.json'),
      district: `t_${randomBytes(6).toString('hex')}`,
      port: await freePort(),
      logLevel: 'error',
      ...settings,
    },
  )
  const env = childEnvironment(config)
  const url = `http://${config.host}:${config.port}`
  let main: Main | null = null
  const running = (): Main => main ?? fail('this Homeroom does not run')
  const homeroom: Homeroom = {
    url,
    config,
    command: async (...args) => (await run(process.execPath, [MAIN, ...args], { env, timeout: 4 * MINUTE_MS })).stdout,
    async start() {
      main = launch(env)
      await until(() => isReady(running(), url), `homeroom all is ready`, MINUTE_MS, LOOK_EVERY_MS)
    },
    async caughtUp(deadline_ms = 4 * MINUTE_MS) {
      try {
        await until(() => isCaughtUp(url), 'everything is stored and computed', deadline_ms, LOOK_EVERY_MS)
      } catch (cause) {
        const state = JSON.stringify(await readiness(url))
        throw new Error(`${(cause as Error).message}; it is ${state} and said: ${running().said()}`, { cause })
      }
    },
    processes: () => processesOf(running().child.pid!, data),
    async moreStored() {
      const before = await storedIn(config)
      await until(async () => (await storedIn(config)) > before, 'records are stored', MINUTE_MS, LOOK_EVERY_MS)
    },
    async kill() {
      const { child } = running()
      const family = await homeroom.processes()
      child.kill('SIGKILL')
      await until(() => hasEnded(child), 'the main process is gone')
      return family
    },
    async stop() {
      const { child } = running()
      const family = Object.entries(await processesOf(child.pid!, data))
      const from = performance.now()
      child.kill('SIGTERM')
      await until(() => hasEnded(child), 'homeroom all ends', MINUTE_MS)
      const left = family.filter(([, pid]) => isRunning(pid)).map(([name]) => name)
      return { code: child.exitCode, signal: child.signalCode, ms: Math.round(performance.now() - from), left }
    },
    async remove() {
      if (main && !hasEnded(main.child)) {
        const { processor, engine } = await homeroom.kill()
        await until(() => ![processor, engine].some(isRunning), 'processor and engine end with the main process')
      }
      await rm(data, { recursive: true, force: true })
    },
  }
  return homeroom
}

type Main = { child: ChildProcess; said: () => string }

function launch(env: NodeJS.ProcessEnv): Main {
  const child = spawn(process.execPath, [MAIN, 'all'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_KEPT)
  })
  return { child, said: () => said }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function isReady({ child, said }: Main, url: string): Promise<boolean> {
  if (hasEnded(child)) throw new Error(`homeroom all ended by ${child.signalCode ?? child.exitCode}: ${said()}`)
  const state = await readiness(url)
  return state !== null && state.ready && (await processorOf(child.pid!)) !== undefined
}

async function isCaughtUp(url: string): Promise<boolean> {
  const state = await readiness(url)
  const waits = (lag: Record<string, number>) => Object.values(lag).some(messages => messages > 0)
  return state !== null && state.ready && state.lag !== null && !waits(state.lag) && state.weeksToRecompute === 0
}

/** null where nobody answers. */
async function readiness(url: string): Promise<Readiness | null> {
  const answer = await fetch(`${url}/readyz`).catch(() => null)
  return answer && ((await answer.json()) as Readiness)
}

/** Resolves when all three run: a dead one is started again. */
async function processesOf(main: number, data: string): Promise<Processes> {
  let found: Partial<Processes> = {}
  const complete = async () => {
    found = { main, processor: await processorOf(main), engine: await engineOf(data) }
    return found.processor !== undefined && found.engine !== undefined
  }
  await until(complete, `process ${main} has a processor and an engine`, MINUTE_MS, LOOK_EVERY_MS)
  return found as Processes
}

async function processorOf(main: number): Promise<number | undefined> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='])
  const found = stdout
    .split('\n')
    .map(line => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [])
    .find(
      ([, , parent, state, args]) => Number(parent) === main && !state!.startsWith('Z') && args!.endsWith(' process'),
    )
  return found && Number(found[1])
}

/** Whoever needs the engine first starts it: it may be a child of the main process or of the processor. */
async function engineOf(data: string): Promise<number | undefined> {
  const lock = await readLock(data)
  return lock && isRunning(lock.pid) ? lock.pid : undefined
}

/** Records in the warehouse; 0 while its engine does not answer. Asked without a client of ours, which would start an engine. */
async function storedIn({ data, district }: Config): Promise<number> {
  const lock = await readLock(data)
  if (!lock) return 0
  const authorization = `Basic ${Buffer.from(`default:${lock.password}`).toString('base64')}`
  const query = encodeURIComponent(`select count() from ${district}.record_index`)
  const answer = await fetch(`http://127.0.0.1:${lock.port}/?query=${query}`, { headers: { authorization } }).catch(
    () => null,
  )
  return answer?.ok ? Number(await answer.text()) : 0
}

function fail(message: string): never {
  throw new Error(message)
}
