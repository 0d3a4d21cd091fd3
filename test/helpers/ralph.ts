import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './kafka-broker.ts'
import { pythonWith } from './python.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** A running Ralph: a learning record store in Python, of which no line is ours. */
export type Ralph = {
  /** Its xAPI endpoint. */
  url: string
  port: number
  user: string
  password: string
  authorization: string
  stop: () => Promise<void>
}

const REQUIREMENTS = fileURLToPath(new URL('./ralph-requirements.txt', import.meta.url))
const SERVE = fileURLToPath(new URL('./ralph-serve.py', import.meta.url))
const START_MS = 60_000
const [USER, PASSWORD] = ['homeroom', 'a password for tests']

/**
 * Start Ralph on loopback with a folder of its own; installed on first use (python3 with venv, 10 to 20 s).
 * @param storage where its statements lie: in a file, or in its memory (mongomock, a Mongo without a server)
 * @throws Error saying what to install if it cannot be had
 */
export async function startRalph(storage: 'files' | 'memory' = 'files'): Promise<Ralph> {
  const python = await pythonWith('ralph', REQUIREMENTS, '3.9')
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-ralph-'))
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    RALPH_APP_DIR: folder,
    RALPH_AUTH_FILE: join(folder, 'auth.json'),
    RALPH_RUNSERVER_BACKEND: storage === 'files' ? 'fs' : 'mongo',
    RALPH_BACKENDS__LRS__MONGO__CLIENT_OPTIONS__tz_aware: 'false',
    RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH: folder,
  }
  const credentials = ['-u', USER, '-p', PASSWORD, '-s', 'all', '-M', 'mailto:homeroom@example.org', '-N', 'Homeroom']
  await run(python, ['-m', 'ralph', 'auth', ...credentials, '--write-to-disk'], { env, cwd: folder })
  const port = await freePort()
  const child = spawn(python, [SERVE, String(port), storage], { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said = (said + text).slice(-2000)))
  const url = `http://127.0.0.1:${port}/xAPI`
  await until(() => answers(child, url, () => said), 'Ralph answers', START_MS, 50)
  return {
    url,
    port,
    user: USER,
    password: PASSWORD,
    authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`,
    async stop() {
      child.kill('SIGTERM')
      await until(() => hasEnded(child), 'Ralph ends')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(child: ChildProcess, url: string, said: () => string): Promise<boolean> {
  if (hasEnded(child)) throw new Error(`Ralph ended by ${child.signalCode ?? child.exitCode}: ${said()}`)
  // Without credentials: 401 is an answer.
  return fetch(`${url}/statements`).then(
    () => true,
    () => false,
  )
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
