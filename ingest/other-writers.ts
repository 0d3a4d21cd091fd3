import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from '../infra/is-running.ts'

const folderOf = (data: string): string => join(data, 'writers')

/**
 * Says that this process puts statements into the embedded log beside the one that serves, until the returned function is
 * called or the process ends. To be called before the first of them is stamped.
 */
export function announceWriter(data: string): () => void {
  const path = join(folderOf(data), String(process.pid))
  mkdirSync(folderOf(data), { recursive: true })
  writeFileSync(path, '')
  return () => rmSync(path, { force: true })
}

/** Whether another living process of this machine has announced itself. */
export function hasOtherWriters(data: string): boolean {
  let names: string[]
  try {
    names = readdirSync(folderOf(data))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  return names.some(name => Number(name) !== process.pid && isRunning(Number(name)))
}
