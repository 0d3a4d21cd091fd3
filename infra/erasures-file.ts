import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { HomeroomError } from './errors.ts'
import { Erasure } from '../schemas/erasure.ts'

/**
 * Who was erased, beside the secrets file: both outlive the data, and a backup of the data that is restored from before an
 * erasure knows nothing of it. It holds hashes, which without the secrets say nothing.
 */
export const erasuresFileOf = ({ secretsFile }: Pick<Config, 'secretsFile'>): string =>
  join(dirname(secretsFile), 'erasures.jsonl')

/** Durable when it returns. @throws HomeroomError STORE_UNAVAILABLE */
export function rememberErasure(config: Pick<Config, 'secretsFile'>, erasure: Erasure): void {
  const path = erasuresFileOf(config)
  try {
    const handle = openSync(path, 'a', 0o600)
    writeSync(handle, `${JSON.stringify(erasure)}\n`)
    fsyncSync(handle)
    closeSync(handle)
  } catch (cause) {
    const message = `${path} cannot be written, so that a backup that is restored would bring the person back. Nothing was erased`
    throw new HomeroomError('STORE_UNAVAILABLE', message, { cause })
  }
}

/** Each erasure that was ever begun here. A last line that was cut off was never begun. */
export function rememberedErasures(config: Pick<Config, 'secretsFile'>): Erasure[] {
  let text: string
  try {
    text = readFileSync(erasuresFileOf(config), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const whole = text.split('\n').slice(0, -1)
  const erasures = whole.filter(line => line !== '').map(line => Erasure.parse(JSON.parse(line)))
  return [...new Map(erasures.map(erasure => [erasure.id, erasure])).values()]
}
