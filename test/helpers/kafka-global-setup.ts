import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { isRunning } from '../../infra/is-running.ts'
import { hasLocalBroker, stopLocalBroker } from './kafka-broker.ts'
import { startKafkaContainer } from './kafka-docker.ts'
import type { Container } from './kafka-docker.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of this run's broker, and whether there can be one; the first file that needs it starts it (kafka.ts). */
    kafka: { folder: string; from: 'settings' | 'local' | 'container' | 'nowhere' }
  }
}

const FOLDERS = join(tmpdir(), 'homeroom-test-kafka')
const folder = join(FOLDERS, String(process.pid))
let container: Container | null = null

/** Prepares the place of the run's broker. A local one is started by whoever needs it first; a container here. */
export async function setup(project: TestProject): Promise<void> {
  await mkdir(folder, { recursive: true })
  // A run that was killed could not stop its broker.
  for (const pid of await readdir(FOLDERS)) if (!isRunning(Number(pid))) await remove(join(FOLDERS, pid))
  project.provide('kafka', { folder, from: await source() })
}

/** Stops the broker if one was started, also after failures. */
export async function teardown(): Promise<void> {
  await container?.stop()
  await remove(folder)
}

async function source(): Promise<'settings' | 'local' | 'container' | 'nowhere'> {
  if (process.env.HOMEROOM_TEST_KAFKA) return 'settings'
  if (await hasLocalBroker()) return 'local'
  container = await startKafkaContainer()
  if (!container) return 'nowhere'
  await writeFile(join(folder, 'address'), container.address)
  return 'container'
}

async function remove(path: string): Promise<void> {
  await stopLocalBroker(path)
  await rm(path, { recursive: true, force: true })
}
