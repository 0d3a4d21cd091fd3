import { readFileSync } from 'node:fs'

/** The text of an .sql file, read once, when the module that names it is loaded. */
export function sql(url: URL): string {
  return readFileSync(url, 'utf8')
}
