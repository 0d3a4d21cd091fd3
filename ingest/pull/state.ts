import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'

const Count = z.int().min(0)

/**
 * How far a source is pulled. Everything before it is durable in the event log: it is written after the append, so that a
 * process that is killed repeats at most one page.
 */
const PullState = z.strictObject({
  format: z.literal(1),
  /** Of the endpoint: another one has other times. */
  url: z.string(),
  /** With which page size and so on: links to a next page keep it. */
  asked: z.string(),
  /** Lower bound, exclusive, of the walk under way or of the next; as the source wrote it. null: the beginning. */
  since: z.string().nullable(),
  /** From `since` to the last statement there is, page by page; null: none is under way. */
  walk: z
    .strictObject({
      /** The link to the next page, as the source wrote it. */
      more: z.string(),
      /** The greatest `stored` so far. */
      newest: z.string().nullable(),
      /** Whether every `stored` so far was at least the one before. */
      inOrder: z.boolean(),
      /** What was stored after this may have become visible after we went past it, milliseconds since 1970; null: nothing. */
      settled_ms: z.number().nullable(),
    })
    .nullable(),
  /** Statements since the state was made. */
  received: Count,
  accepted: Count,
  duplicates: Count,
  dead: Count,
  attachments: Count,
  attachmentsLeftOut: Count,
  /** When it was written. */
  at: z.string(),
})
export type PullState = z.infer<typeof PullState>
export type Walk = NonNullable<PullState['walk']>

/** The file of a source's state, in the data folder. */
export const statePath = (data: string, source: string): string => join(data, 'pull', `${source}.json`)

/**
 * The state as it was last written; null where none was.
 * @throws HomeroomError FILE_INVALID if there is a file that is no state: beginning anew is for a person to decide
 */
export async function readState(path: string): Promise<PullState | null> {
  let text
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw unreadable(path, cause)
  }
  try {
    return PullState.parse(JSON.parse(text))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Replace the state. Durable when it resolves; a process or machine that dies meanwhile leaves the old one or the new one. */
export const writeState = (path: string, state: PullState): Promise<void> =>
  replaceFile(path, JSON.stringify(state, null, 2) + '\n')

/** Write a file in place of what was there, readable by its owner only, and durable when it resolves. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const draft = `${path}.${process.pid}`
  await synced(draft, 'w', content)
  await rename(draft, path)
  await synced(folder, 'r')
}

/** Forget how far a source is pulled. */
export async function forgetState(path: string): Promise<void> {
  await rm(path, { force: true })
}

async function synced(path: string, flags: string, content?: string | Uint8Array): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    if (content !== undefined) await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

export function unreadable(path: string, cause: unknown): HomeroomError {
  return new HomeroomError(
    'FILE_INVALID',
    `${path} is not readable as the state of a pull. Nothing was pulled; homeroom pull --restart begins anew, and what is known already counts once`,
    { cause },
  )
}
