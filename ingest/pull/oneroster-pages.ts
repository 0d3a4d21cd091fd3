import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secrets } from '../../infra/secrets.ts'
import { decryptBytes, encryptBytes, resourceKey } from '../../infra/seal.ts'
import type { Item } from './oneroster-csv.ts'
import { replaceFile } from './state.ts'

/** Pages of a pull that is under way. They name people, so that they are sealed, and they go when it is done. */
export type Pages = {
  write: (resource: string, page: number, items: readonly Item[]) => Promise<void>
  read: (resource: string, pages: number) => AsyncGenerator<Item[]>
  /** All of them, those of pulls that were given up too. */
  remove: () => Promise<void>
}

export const pagesPath = (data: string, source: string): string => join(data, 'pull', `${source}.pages`)

/** @param walk names the pull that they are of */
export function sealedPages(folder: string, walk: string, secrets: Pick<Secrets, 'masterSecret'>): Pages {
  const key = resourceKey(secrets.masterSecret, `pull|${walk}`)
  const pathOf = (resource: string, page: number): string => join(folder, `${walk}-${resource}-${page}`)
  return {
    write: (resource, page, items) =>
      replaceFile(pathOf(resource, page), encryptBytes(key, Buffer.from(JSON.stringify(items)))),
    async *read(resource, pages) {
      for (let page = 0; page < pages; page++) {
        const sealed = await readFile(pathOf(resource, page))
        yield JSON.parse(decryptBytes(key, sealed).toString('utf8')) as Item[]
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
