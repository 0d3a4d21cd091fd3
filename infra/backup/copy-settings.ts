import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isInside } from './archive.ts'

/** Of the data folder: what is copied in its own way, and what belongs to a process that runs, or to the disk. */
const NOT_SETTINGS =
  /^(engine|engine\.json.*|log|xapi|backup|restoring|writers|handling|lost\+found|.*\.(pid|lock|new))$/

/**
 * Copy what else the data folder holds: how far pulls and loads are, reports, researchers. Files come and go meanwhile.
 *
 * @param own files that are copied elsewhere
 * @returns symbolic links that lead out of the data folder: they are not copied, because a backup with them would not be restored
 */
export async function copySettings(data: string, to: string, own: readonly string[]): Promise<string[]> {
  const leftOut: string[] = []
  const copy = async (folder: string): Promise<void> => {
    await mkdir(join(to, relative(data, folder)), { recursive: true, mode: 0o700 })
    for (const entry of (await unlessGone(readdir(folder, { withFileTypes: true }))) ?? []) {
      const path = join(folder, entry.name)
      const name = relative(data, path)
      if (own.includes(path) || NOT_SETTINGS.test(name)) continue
      if (entry.isDirectory()) await copy(path)
      else if (entry.isFile()) await unlessGone(copyFile(path, join(to, name)))
      else if (entry.isSymbolicLink()) {
        const link = await unlessGone(readlink(path))
        if (link === null) continue
        if (isInside(name.split(sep).join('/'), link)) await symlink(link, join(to, name))
        else leftOut.push(name)
      }
    }
  }
  await copy(data)
  return leftOut.sort()
}

/** @returns null: it is not there any more */
async function unlessGone<T>(wanted: Promise<T>): Promise<T | null> {
  try {
    return await wanted
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
