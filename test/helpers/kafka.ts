import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { isRunning } from '../../infra/is-running.ts'
import { brokerFolder, startLocalBroker, stopLocalBroker } from './kafka-broker.ts'
import { until } from './until.ts'

export type TestKafka = { available: true; brokers: string[] } | { available: false; reason: string }

/** A broker of one's own, to be killed. */
export type OwnBroker = {
  brokers: string[]
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>
  /** Start again on the same data and port; resolves when it answers. */
  restart(): Promise<void>
  /** Stop it and remove its data. */
  stop(): Promise<void>
}

const START_MS = 180_000

/**
 * The broker that all test files of a run share: `HOMEROOM_TEST_KAFKA`, else a local one (JDK 17 and Maven) that the first
 * to ask starts, else a container. `kafka-global-setup.ts` stops it. Each test takes a district of its own on it.
 * @throws Error when there is none and `CI` is set: a check that is not made must not look like one that passed
 */
export async function kafkaForTests(): Promise<TestKafka> {
  const { folder, from } = inject('kafka')
  if (from === 'nowhere') return { available: false, reason: refuseInCi() }
  if (from === 'settings') return { available: true, brokers: process.env.HOMEROOM_TEST_KAFKA!.split(',') }
  return { available: true, brokers: [await sharedAddress(folder)] }
}

/** As `kafkaForTests`, but a broker that nobody else uses; only a local one can be killed. */
export async function ownBroker(): Promise<OwnBroker | { available: false; reason: string }> {
  const { from } = inject('kafka')
  if (from !== 'local') return { available: false, reason: refuseInCi() }
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-own-kafka-'))
  const address = await startLocalBroker(folder)
  return {
    brokers: [address],
    async kill() {
      const pid = Number(await readFile(join(brokerFolder(folder), 'kafka.pid'), 'utf8'))
      process.kill(pid, 'SIGKILL')
      await until(() => !isRunning(pid), `the broker, process ${pid}, is gone`)
    },
    async restart() {
      await startLocalBroker(folder, Number(address.split(':')[1]))
    },
    async stop() {
      await stopLocalBroker(folder)
      await rm(folder, { recursive: true })
    },
  }
}

function refuseInCi(): string {
  const reason = 'no broker: set HOMEROOM_TEST_KAFKA, or install JDK 17 and Maven, or start a Docker engine'
  if (process.env.CI) throw new Error(`${reason}. In CI the suites of the broker must run`)
  return reason
}

/** The first to make the lock starts the broker and leaves its address; the others wait for it. */
async function sharedAddress(folder: string): Promise<string> {
  const file = join(folder, 'address')
  const failure = join(folder, 'failure')
  const read = (path: string) => readFile(path, 'utf8').catch(() => null)
  let answer = await read(file)
  if (!answer && (await isFirst(join(folder, 'lock')))) {
    try {
      await writeFile(`${file}.new`, await startLocalBroker(folder))
      await rename(`${file}.new`, file)
    } catch (error) {
      await writeFile(failure, String(error))
      throw error
    }
  }
  const answered = async () => {
    const failed = await read(failure)
    if (failed) throw new Error(`the shared broker could not be started: ${failed}`)
    return (answer = await read(file)) !== null
  }
  await until(answered, 'the test file that has the lock starts the broker', START_MS)
  return answer!
}

async function isFirst(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
