import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url))
const INSTALL_MS = 600_000

/**
 * A Python with the packages of a list, installed on first use in a folder of .cache named after the list, so that a new list
 * is a new folder.
 * @param name of the folder
 * @param requirements file with exact versions of everything, since nothing else is installed
 * @param needs the oldest Python that will do, for the error
 * @returns the path of the interpreter
 * @throws Error saying what to install if it cannot be had
 */
export async function pythonWith(name: string, requirements: string, needs: string): Promise<string> {
  const list = hash('sha256', await readFile(requirements), 'hex').slice(0, 12)
  const folder = join(CACHE, `${name}-${list}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(python)) return python
  const draft = `${folder}.${process.pid}`
  try {
    await mkdir(CACHE, { recursive: true })
    await run('python3', ['-m', 'venv', draft], { timeout: INSTALL_MS })
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '-r', requirements]
    await run(join(draft, 'bin', 'python'), pip, { timeout: INSTALL_MS })
    // Whole or not at all: of two processes that install at once the second finds the folder of the first.
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } catch (cause) {
    const hint = `install Python ${needs} or newer with venv (Debian: python3-venv), and see that pip reaches its packages`
    throw new Error(`${name} cannot be had: ${hint}. ${String(cause).slice(0, 500)}`, { cause })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return python
}
