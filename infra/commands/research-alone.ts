import { join } from 'node:path'
import { dropUnfinished } from '../../processors/research/extract.ts'
import { HomeroomError } from '../errors.ts'
import { alone } from './alone.ts'
import type { Runtime } from './runtime.ts'

/**
 * Make an extract, or change one, while nobody else does.
 * @throws HomeroomError ENGINE_LOCKED if another process of this machine is at it
 */
export const aloneAtExtracts = <T>({ config }: Pick<Runtime, 'config'>, work: () => Promise<T>): Promise<T> =>
  alone(join(config.data, 'research.pid'), 'making an extract', work)

/** Drop what an extraction that was cut off has left: it holds the district's pseudonyms beside those of a study. */
export async function dropLeftExtraction(runtime: Pick<Runtime, 'config' | 'warehouse'>): Promise<void> {
  try {
    await aloneAtExtracts(runtime, () => dropUnfinished(runtime.warehouse))
  } catch (error) {
    // One is being made: it drops them itself.
    if (!(error instanceof HomeroomError && error.code === 'ENGINE_LOCKED')) throw error
  }
}
