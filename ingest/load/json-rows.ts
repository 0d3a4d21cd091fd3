import { decoded } from '../../infra/csv.ts'
import { fault } from '../faults.ts'
import { damaged, type SourceFile } from './file-set.ts'
import { jsonObjects } from './json-objects.ts'
import type { TableRow } from './table.ts'

const NONE: ReadonlySet<string> = new Set()

/**
 * The objects of a file, one a line or several, as rows of a table.
 * @param leftOut properties that are not read, at any depth
 * @throws HomeroomError FILE_INVALID if the file is damaged where it is compressed
 */
export async function* jsonRows(file: SourceFile, leftOut = NONE): AsyncGenerator<TableRow> {
  try {
    for await (const object of jsonObjects(decoded(await file.open()))) {
      const place = `${file.label} row ${object.line}${object.nth > 1 ? ` object ${object.nth}` : ''}`
      const row = { row: object.line, place, text: object.text, values: {} }
      if (object.fault === undefined) yield { ...row, values: flat(object.value, leftOut) }
      else yield { ...row, unreadable: fault(object.line, place, object.fault, 'a JSON object') }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB')) throw damaged(file, cause)
    throw cause
  }
}

/**
 * Every text, number and truth of an object by its path: `mix.adult`, `scoreResults.0.result`. A list of texts also stands
 * under the list's own path, separated by `;`, as a column of a table would have it.
 */
export function flat(value: unknown, leftOut = NONE): Record<string, string> {
  const values: Record<string, string> = {}
  const walk = (part: unknown, path: string, depth: number): void => {
    if (typeof part === 'string') {
      if (part.trim() !== '') values[path] = part.trim()
    } else if (typeof part === 'number' || typeof part === 'boolean') values[path] = String(part)
    else if (typeof part === 'object' && part !== null && depth < MAX_DEPTH) {
      if (Array.isArray(part) && part.length > 0 && part.every(item => typeof item === 'string'))
        values[path] = part.map(item => item.trim()).join(';')
      for (const [name, inner] of Object.entries(part)) {
        if (!leftOut.has(name)) walk(inner, path === '' ? name : `${path}.${name}`, depth + 1)
      }
    }
  }
  walk(value, '', 0)
  return values
}

const MAX_DEPTH = 8
