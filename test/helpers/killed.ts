import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childEnvironment, type Config } from '../../infra/config.ts'
import { until } from './until.ts'

const MAIN = fileURLToPath(new URL('../../infra/main.ts', import.meta.url))
const MINUTE_MS = 60_000

/**
 * Run a command of the command line, and end it with kill -9 when it is time.
 * @throws Error if it ends by itself before
 */
export async function killedWhen(
  config: Config,
  args: readonly string[],
  isTime: () => boolean | Promise<boolean>,
): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: childEnvironment(config),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<string>(resolve => child.on('close', (code, signal) => resolve(signal ?? `code ${code}`)))
  try {
    await until(async () => (await isTime()) || child.exitCode !== null, `${args.join(' ')} is under way`, MINUTE_MS, 1)
  } finally {
    child.kill('SIGKILL')
  }
  const how = await ended
  if (how !== 'SIGKILL')
    throw new Error(`homeroom ${args.join(' ')} ended by itself (${how}), before it could be killed`)
}
