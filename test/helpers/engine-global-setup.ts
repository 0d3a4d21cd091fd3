import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEngine } from '../../infra/warehouse/engine/start-engine.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Data folder whose engine all test files share; see `freshWarehouse`. */
    engineData: string
  }
}

/** One embedded engine for the whole run, in a folder of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(await quickPlace(), 'homeroom-test-engine-'))
  const engine = await startEngine(data, null)
  project.provide('engineData', data)
  return async () => {
    await engine?.stop()
    await rm(data, { recursive: true, force: true })
  }
}

/**
 * Memory, where there is enough: a quarter of the time of most tests is the engine waiting for the disk. What survives a crash
 * is tested by Homerooms of their own, on the disk.
 */
async function quickPlace(): Promise<string> {
  const { bsize, bavail } = await statfs(MEMORY).catch(() => ({ bsize: 0, bavail: 0 }))
  return bsize * bavail >= ENOUGH_BYTES ? MEMORY : tmpdir()
}

const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 8 * 2 ** 30
