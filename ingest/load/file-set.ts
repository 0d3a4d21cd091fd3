import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { HomeroomError } from '../../infra/errors.ts'

/** One file that can be read from its beginning, as often as needed. */
export type SourceFile = { name: string; bytes: number; open: () => Promise<Readable> }

/** The files of a folder or zip by their name in lower case, without folders. */
export type FileSet = { name: string; files: Map<string, SourceFile>; close: () => Promise<void> }

/** Nothing that a roster holds comes near it; a zip that unfolds to more is refused before it is read. */
const MAX_UNZIPPED_BYTES = 4 * 1024 ** 3

/** @throws HomeroomError FILE_INVALID if there is no such file */
export async function fileAt(path: string): Promise<SourceFile> {
  const { size } = await statOf(path)
  const open = async (): Promise<Readable> =>
    path.endsWith('.gz') ? unzipped(createReadStream(path)) : createReadStream(path)
  return { name: basename(path), bytes: size, open }
}

export async function folderAt(path: string): Promise<FileSet> {
  const names = (await readdir(path, { withFileTypes: true })).filter(entry => entry.isFile()).map(entry => entry.name)
  const files = new Map<string, SourceFile>()
  for (const name of names.sort()) files.set(name.toLowerCase(), await fileAt(join(path, name)))
  return { name: basename(path), files, close: async () => undefined }
}

/**
 * A zip, read in place: nothing is unpacked to the disk, so that no name in it can point anywhere.
 * @throws HomeroomError FILE_INVALID if it is no zip, unfolds to too much, or holds two files of one name
 */
export async function zipAt(path: string): Promise<FileSet> {
  const zip = await openZip(path)
  const files = new Map<string, SourceFile>()
  try {
    let total = 0
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      total += entry.uncompressedSize
      if (total > MAX_UNZIPPED_BYTES) throw invalid(path, `unfolds to more than ${MAX_UNZIPPED_BYTES} bytes`)
      const name = basename(entry.fileName).toLowerCase()
      if (files.has(name)) throw invalid(path, `holds two files named ${name}`)
      files.set(name, { name, bytes: entry.uncompressedSize, open: () => zip.openReadStreamPromise(entry) })
    }
  } catch (cause) {
    zip.close()
    if (cause instanceof HomeroomError) throw cause
    throw invalid(path, 'is damaged, or holds a name that leads out of it', cause)
  }
  return { name: basename(path), files, close: async () => zip.close() }
}

export async function statOf(path: string): Promise<{ size: number; isFolder: boolean }> {
  try {
    const found = await stat(path)
    return { size: found.size, isFolder: found.isDirectory() }
  } catch (cause) {
    throw invalid(path, 'cannot be read', cause)
  }
}

export function invalid(path: string, what: string, cause?: unknown): HomeroomError {
  return new HomeroomError('FILE_INVALID', `${basename(path)} ${what}. Nothing of it was loaded`, { cause })
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, lazyEntries: true })
  } catch (cause) {
    throw invalid(path, 'is not a zip that can be read', cause)
  }
}

// Errors of the inner stream have to reach the reader: pipeline destroys the outer one with them.
function unzipped(bytes: Readable): Readable {
  const gunzip = createGunzip()
  pipeline(bytes, gunzip, () => undefined)
  return gunzip
}

export type { Entry }
