import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../infra/kafka-local.sh', import.meta.url))
const START_MS = 180_000

/** Whether this machine can run a broker of its own: JDK and Maven. */
export async function hasLocalBroker(): Promise<boolean> {
  const works = (command: string, argument: string) =>
    run(command, [argument]).then(
      () => true,
      () => false,
    )
  return (await Promise.all([works('java', '-version'), works('mvn', '-version')])).every(Boolean)
}

/** Starts a broker whose data lie in `folder`, on `port` or a free one; resolves with its address when it answers. */
export async function startLocalBroker(folder: string, port?: number): Promise<string> {
  const env = {
    ...process.env,
    KAFKA_DIR: brokerFolder(folder),
    KAFKA_PORT: String(port ?? (await freePort())),
    KAFKA_CONTROLLER_PORT: String(await freePort()),
  }
  await run(SCRIPT, ['start'], { env, timeout: START_MS })
  return `127.0.0.1:${env.KAFKA_PORT}`
}

/** Nothing happens where none is running. */
export async function stopLocalBroker(folder: string): Promise<void> {
  await run(SCRIPT, ['stop'], { env: { ...process.env, KAFKA_DIR: brokerFolder(folder) } })
}

export function brokerFolder(folder: string): string {
  return join(folder, 'broker')
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
