import { mkdtemp, rm } from 'node:fs/promises'
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
  const data = await mkdtemp(join(tmpdir(), 'homeroom-test-engine-'))
  const engine = await startEngine(data, null)
  project.provide('engineData', data)
  return async () => {
    await engine?.stop()
    await rm(data, { recursive: true, force: true })
  }
}
