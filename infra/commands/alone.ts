import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HomeroomError } from '../errors.ts'
import { isRunning } from '../is-running.ts'

/**
 * Do what two commands on the same data must not do at the same time. What a command leaves behind that was killed holds up
 * nobody.
 * @param path file that says who is at it
 * @throws HomeroomError ENGINE_LOCKED if another process of this machine is at it
 */
export async function alone<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      break
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const other = Number(await readFile(path, 'utf8').catch(() => '0'))
      if (other !== process.pid && isRunning(other))
        throw new HomeroomError('ENGINE_LOCKED', `process ${other} is at it: ${what}. Nothing was done by this one`, {
          cause,
        })
      await rm(path, { force: true })
    }
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}
