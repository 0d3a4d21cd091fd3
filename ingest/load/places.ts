import { join } from 'node:path'
import { HomeroomError } from '../../infra/errors.ts'
import { aloneAt, folderAt, namesIn, statOf, zipAt, type FileSet } from './file-set.ts'

/** What lies at a path: places with files, and what could not be looked into. */
export type Found = {
  places: FileSet[]
  refused: { file: string; reason: HomeroomError }[]
  /** Neither files nor folders, or hidden from readers. */
  others: string[]
}

/** No district nests deeper; a folder that does is a mistake, or a loop. */
const MAX_DEPTH = 8

/**
 * A folder with everything under it (each folder and each zip in it a place of its own), a zip, or one file.
 * @throws HomeroomError FILE_INVALID if there is nothing at the path, or it is itself a zip that cannot be read
 */
export async function placesAt(path: string): Promise<Found> {
  const found: Found = { places: [], refused: [], others: [] }
  const { isFolder } = await statOf(path)
  if (isFolder) await lookInto(path, '', 0, found)
  else found.places.push(isZip(path) ? await zipAt(path) : await aloneAt(path))
  return found
}

async function lookInto(path: string, labels: string, depth: number, found: Found): Promise<void> {
  const { files, folders, others } = await namesIn(path)
  const plain = files.filter(name => !isZip(name))
  found.places.push(await folderAt(path, plain, labels))
  found.others.push(...others.map(name => labels + name))
  for (const name of files.filter(isZip)) {
    try {
      found.places.push(await zipAt(join(path, name), `${labels}${name}/`))
    } catch (reason) {
      if (!(reason instanceof HomeroomError)) throw reason
      found.refused.push({ file: labels + name, reason })
    }
  }
  for (const name of folders) {
    if (depth === MAX_DEPTH) found.others.push(`${labels}${name}/`)
    else await lookInto(join(path, name), `${labels}${name}/`, depth + 1, found)
  }
}

const isZip = (name: string): boolean => /\.zip$/i.test(name)
