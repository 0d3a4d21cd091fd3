import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { HomeroomError } from '../../infra/errors.ts'

/** One file that can be read from its beginning, as often as needed. */
export type SourceFile = {
  /** Without folders. */
  name: string
  /** Name in messages and summaries: from what was given to `load` on, `oneroster.zip/users.csv`. */
  label: string
  /** Where it is, whoever names it. */
  path: string
  /** Of the file as it lies there; of a file in a zip as it unfolds to. */
  bytes: number
  open: () => Promise<Readable>
}

/** A place with files: a folder, a zip, or one file alone. Files by their name in lower case, without folders. */
export type FileSet = {
  name: string
  /** Where the names in a mapping file lead: a folder of this machine; null: to this place only. */
  folder: string | null
  /** False: one file alone that was named itself. */
  isFolder: boolean
  /** Only this of its files is to be loaded: the others say how. */
  offered?: SourceFile
  files: Map<string, SourceFile>
  close: () => Promise<void>
}

/** Nothing that a roster holds comes near it; a zip that unfolds to more is refused before it is read. */
const MAX_UNZIPPED_BYTES = 4 * 1024 ** 3

/** @throws HomeroomError FILE_INVALID if there is no such file */
export async function fileAt(path: string, label = basename(path)): Promise<SourceFile> {
  const { size } = await statOf(path)
  const open = async (): Promise<Readable> =>
    path.endsWith('.gz') ? unzipped(createReadStream(path)) : createReadStream(path)
  return { name: basename(path), label, path: resolve(path), bytes: size, open }
}

/** One file as a place of its own. */
export async function aloneAt(path: string): Promise<FileSet> {
  const file = await fileAt(path)
  const files = new Map([[file.name.toLowerCase(), file]])
  return { name: file.name, folder: join(path, '..'), isFolder: false, files, close: async () => undefined }
}

/** @param labels what stands before the names of its files in messages */
export async function folderAt(path: string, names: readonly string[], labels = ''): Promise<FileSet> {
  const files = new Map<string, SourceFile>()
  for (const name of names) put(files, await fileAt(join(path, name), labels + name))
  return { name: basename(path), folder: path, isFolder: true, files, close: async () => undefined }
}

/** Names in a folder, sorted; links lead to what they name, but not into other folders. */
export async function namesIn(path: string): Promise<{ files: string[]; folders: string[]; others: string[] }> {
  const names = { files: [] as string[], folders: [] as string[], others: [] as string[] }
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const isFile = entry.isFile() || (entry.isSymbolicLink() && (await isFileAt(join(path, entry.name))))
    names[isFile ? 'files' : entry.isDirectory() ? 'folders' : 'others'].push(entry.name)
  }
  for (const list of Object.values(names)) list.sort()
  return names
}

/**
 * A zip, read in place: nothing is unpacked to the disk, so that no name in it can point anywhere.
 * @throws HomeroomError FILE_INVALID if it is no zip, unfolds to too much, or holds two files of one name
 */
export async function zipAt(path: string, labels = ''): Promise<FileSet> {
  const zip = await openZip(path)
  const files = new Map<string, SourceFile>()
  try {
    let total = 0
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      total += entry.uncompressedSize
      if (total > MAX_UNZIPPED_BYTES) throw invalid(path, `unfolds to more than ${MAX_UNZIPPED_BYTES} bytes`)
      const name = basename(entry.fileName)
      if (files.has(name.toLowerCase())) throw invalid(path, `holds two files named ${name.toLowerCase()}`)
      files.set(name.toLowerCase(), {
        name,
        label: labels + name,
        path: `${resolve(path)}!${entry.fileName}`,
        bytes: entry.uncompressedSize,
        open: () => zip.openReadStreamPromise(entry),
      })
    }
  } catch (cause) {
    zip.close()
    if (cause instanceof HomeroomError) throw cause
    throw invalid(path, 'is damaged, or holds a name that leads out of it', cause)
  }
  return { name: basename(path), folder: null, isFolder: true, files, close: async () => zip.close() }
}

export async function statOf(path: string): Promise<{ size: number; isFolder: boolean }> {
  try {
    const found = await stat(path)
    return { size: found.size, isFolder: found.isDirectory() }
  } catch (cause) {
    throw invalid(path, 'cannot be read', cause)
  }
}

/** @param path of the file, or its label */
export function invalid(path: string, what: string, cause?: unknown): HomeroomError {
  const name = isAbsolute(path) ? basename(path) : path
  return new HomeroomError('FILE_INVALID', `${name} ${what}. Nothing of it was loaded`, { cause })
}

/** For what turns out in the middle of reading. */
export function damaged(file: SourceFile, cause: unknown): HomeroomError {
  const message = `${file.label} is damaged where it is compressed. What comes before is stored, and counts once if it is loaded again`
  return new HomeroomError('FILE_INVALID', message, { cause })
}

// Two names that differ in their case only are two files; the first one has the name by which sets are looked into.
function put(files: Map<string, SourceFile>, file: SourceFile): void {
  const name = file.name.toLowerCase()
  files.set(files.has(name) ? file.name : name, file)
}

async function isFileAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
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
