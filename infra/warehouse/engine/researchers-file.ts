import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { isRunning } from '../../is-running.ts'
import { exception } from './exception.ts'

const Researcher = z.strictObject({
  /** `researcher_<account>`. */
  user: z.string().regex(/^researcher_[a-z0-9_]{1,80}$/),
  /** SHA-256 of a secret of 256 random bits. */
  secretHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Databases that may be read; the first is where names without a database are looked up. */
  databases: z
    .array(z.string().regex(/^[a-z][a-z0-9_]*$/))
    .min(1)
    .readonly(),
  expiresAt: z.iso.datetime(),
})

/** Who may ask the embedded engine as a researcher, and what for. */
export type Researcher = z.infer<typeof Researcher>

const LOOK_AGAIN_MS = 20

/**
 * The researchers of an embedded engine, from `<data>/researchers.json` (mode 0600).
 * @returns [] where there is no file
 * @throws ZodError, SyntaxError for a file that is not as written by `changeResearchers`
 */
export async function readResearchers(data: string): Promise<Researcher[]> {
  const text = await readFile(pathOf(data), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return z.array(Researcher).parse(JSON.parse(text))
}

/** Writes the file anew. An engine that runs knows it with its next statement; of two commands at once one waits. */
export async function changeResearchers(data: string, change: (before: Researcher[]) => Researcher[]): Promise<void> {
  await exclusively(`${pathOf(data)}.lock`, async () => {
    const draft = `${pathOf(data)}.draft`
    const after = z.array(Researcher).parse(change(await readResearchers(data)))
    await writeFile(draft, JSON.stringify(after, null, 1), { mode: 0o600 })
    await rename(draft, pathOf(data))
  })
}

/** Looks up who asks; the file is read again when it has changed. */
export type FindResearcher = (user: string, secret: string) => Promise<Researcher | null>

export function researchersOf(data: string): FindResearcher {
  let read: { mark: string; researchers: Researcher[] } = { mark: '', researchers: [] }
  return async (user, secret) => {
    const mark = await markOf(data)
    if (mark !== read.mark) read = { mark, researchers: await readResearchers(data).catch(unreadable) }
    const found = read.researchers.find(researcher => researcher.user === user)
    // Somebody unknown costs as much time as a wrong secret.
    const right = timingSafeEqual(digest(secret), Buffer.from(found?.secretHash ?? NOBODY, 'hex'))
    return found && right && Date.parse(found.expiresAt) > Date.now() ? found : null
  }
}

/** Who asks is nobody yet: what stands in the file is not for them. */
function unreadable(cause: unknown): never {
  const said =
    'the list of researchers cannot be read; who runs Homeroom mends researchers.json, or admits everybody anew'
  throw Object.assign(exception(516, 'AUTHENTICATION_FAILED', said), { cause })
}

const NOBODY = '0'.repeat(64)

async function markOf(data: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(pathOf(data), { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none'
    throw error
  }
}

async function exclusively(lock: string, work: () => Promise<void>): Promise<void> {
  while (!(await taken(lock))) {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    // Left behind by a command that was killed.
    if (holder > 0 && !isRunning(holder)) await rm(lock, { force: true })
    await delay(LOOK_AGAIN_MS)
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const pathOf = (data: string): string => join(data, 'researchers.json')
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
