import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDERS = ['schemas', 'infra', 'ingest', 'processors', 'dashboards']

/** Every regular expression of the program, as `/pattern/flags`, with a file that has it. */
export function regularExpressions(): Map<string, string> {
  const found = new Map<string, string>()
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|mjs)$/.test(name) || name.endsWith('.d.ts')) continue
      const file = join(folder, name)
      collect(parseAst(readFileSync(join(ROOT, file), 'utf8'), { lang: 'ts' }), file, found)
    }
  return found
}

function collect(node: unknown, file: string, found: Map<string, string>): void {
  if (node === null || typeof node !== 'object') return
  const { type, regex } = node as { type?: string; regex?: { pattern: string; flags: string } }
  if (type === 'Literal' && regex) {
    const source = `/${regex.pattern}/${regex.flags}`
    if (!found.has(source)) found.set(source, file)
  }
  for (const child of Object.values(node)) collect(child, file, found)
}

export function partsOf(source: string): { pattern: string; flags: string } {
  const end = source.lastIndexOf('/')
  return { pattern: source.slice(1, end), flags: source.slice(end + 1) }
}
