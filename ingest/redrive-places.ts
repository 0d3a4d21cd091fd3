import { basename } from 'node:path'
import { Readable } from 'node:stream'
import type { SourceFile } from './load/file-set.ts'

/** Where a row of a file stood: `users.csv row 18 field role` → users.csv, 18. */
export function rowPlace(place: string): { file: string; label: string; row: number } | null {
  const found = /^(.+?) row (\d+)(?: field .*)?$/s.exec(place)
  return found && { file: basename(found[1]!), label: found[1]!, row: Number(found[2]) }
}

/** An original as the file that holds nothing else. */
export function inMemory(name: string, label: string, text: string): SourceFile {
  const bytes = Buffer.from(text)
  return { name, label, path: name, bytes: bytes.length, open: async () => Readable.from([bytes]) }
}
