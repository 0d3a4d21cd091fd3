import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { rolldown } from 'rolldown'
import { HomeroomError } from '../../infra/errors.ts'

const ENTRY = 'explorer.js'

/** Address of the page's script. It changes with what the script is made of, so that browsers may keep it for ever. */
export const scriptHref = `/explore/${ENTRY}?v=${version()}`

/**
 * The explorer's script, in two parts: a small one, and Plot and Arrow, which it asks for when the page stands. They are
 * put together from `browser/` when somebody first asks, in a second or two, and kept in memory.
 */
export function scriptRoutes(app: FastifyInstance): void {
  let made: Promise<ReadonlyMap<string, string>> | undefined
  app.get('/explore/:file', { config: { anonymous: true } }, async (request, reply) => {
    made ??= bundle()
    let files
    try {
      files = await made
    } catch (error) {
      made = undefined
      throw error
    }
    const { file } = request.params as { file: string }
    const code = files.get(file)
    if (code === undefined) throw new HomeroomError('NOT_FOUND', `Nothing is at ${request.url}`)
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/javascript; charset=utf-8')
      .send(code)
  })
}

async function bundle(): Promise<ReadonlyMap<string, string>> {
  const input = fileURLToPath(new URL('./browser/explorer.ts', import.meta.url))
  const made = await rolldown({ input, platform: 'browser', logLevel: 'silent' })
  const { output } = await made.generate({
    format: 'esm',
    minify: true,
    entryFileNames: ENTRY,
    chunkFileNames: '[name]-[hash].js',
  })
  await made.close()
  return new Map(output.flatMap(part => (part.type === 'chunk' ? [[part.fileName, part.code] as const] : [])))
}

/** Of all that goes into the script: our own modules by their text, packages by the lock file. */
function version(): string {
  const parts = [
    './browser/explorer.ts',
    './browser/draw.ts',
    './panel-options.ts',
    './drawn.ts',
    '../charts/series.ts',
    '../wording.ts',
    '../../package-lock.json',
  ]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(readFileSync(new URL(part, import.meta.url)))
  return hash.digest('hex').slice(0, 12)
}
