import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isRunning } from '../../is-running.ts'

const EngineLock = z.object({ pid: z.int().positive(), port: z.int().min(1).max(65535), password: z.string().min(1) })

/** What `<data>/engine.json` says: who serves the data directory, and how to reach it. Mode 0600: it holds the password. */
export type EngineLock = z.infer<typeof EngineLock>

/** What a client needs to reach an engine on this machine. */
export type EngineAddress = Pick<EngineLock, 'port' | 'password'>

const ANSWER_WITHIN_MS = 2000

/** The lock file as it stands, whether or not that engine is alive; null where there is none, or none that is readable. */
export async function readLock(data: string): Promise<EngineLock | null> {
  try {
    return EngineLock.parse(JSON.parse(await readFile(lockPath(data), 'utf8')))
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      error instanceof z.ZodError ||
      (error as NodeJS.ErrnoException).code === 'ENOENT'
    )
      return null
    throw error
  }
}

export async function writeLock(data: string, lock: EngineLock): Promise<void> {
  const draft = `${lockPath(data)}.${lock.pid}`
  await writeFile(draft, JSON.stringify(lock), { mode: 0o600 })
  await rename(draft, lockPath(data))
}

export async function removeLock(data: string, pid: number): Promise<void> {
  if ((await readLock(data))?.pid === pid) await rm(lockPath(data), { force: true })
}

/** The engine that serves this data directory now: its process lives and answers a statement under the password. */
export async function runningEngine(data: string): Promise<EngineLock | null> {
  const lock = await readLock(data)
  return lock && isRunning(lock.pid) && (await answers(lock)) ? lock : null
}

function lockPath(data: string): string {
  return join(data, 'engine.json')
}

async function answers({ port, password }: EngineAddress): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`default:${password}`).toString('base64')}`
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/?query=SELECT%201`, {
      headers: { authorization },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    return answer.ok && (await answer.text()) === '1\n'
  } catch {
    // Whatever the reason, it is the answer to the question: nobody serves there.
    return false
  }
}
