import { readFile } from 'node:fs/promises'

/** The names of all settings, as `infra/config.ts` declares them. */
export async function settingsIn(): Promise<string[]> {
  const text = await readFile(new URL('../../infra/config.ts', import.meta.url), 'utf8')
  const names = [...text.matchAll(/^ {2}(HOMEROOM_[A-Z_]+):/gm)].map(([, name]) => name!)
  return [...new Set(['HOMEROOM_CONFIG', ...names])]
}
