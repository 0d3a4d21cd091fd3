import { readFileSync } from 'node:fs'

/**
 * The text of an .sql file, read once, when the module that names it is loaded. A line `-- include FILE` stands for that
 * file's text, its own leading comment left out: for expressions that several queries share.
 */
export function sql(url: URL): string {
  return readFileSync(url, 'utf8').replace(/^ *-- include (\S+)$/gm, (_, file: string) =>
    sql(new URL(file, url)).replace(/^(?:--.*\n)+/, ''),
  )
}
