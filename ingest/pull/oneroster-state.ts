import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { replaceFile, unreadable } from './state.ts'

const Count = z.int().min(0)
const Instant = z.iso.datetime()

/** How far one resource is fetched. */
const Progress = z.strictObject({
  pages: Count,
  items: Count,
  /** What X-Total-Count said first; null: nothing. */
  total: Count.nullable(),
  /** It always said the same. */
  isSteady: z.boolean(),
  /** The id of the first object there: if it comes again, the service gives the same page for ever. */
  first: z.string().nullable(),
  /** The address of the next page, if the service named it. */
  next: z.string().nullable(),
  /** How often it was begun anew because it changed while it was fetched. */
  again: Count,
  /** Of a delta: all of it, not only what has changed. */
  isWhole: z.boolean(),
  ended: z.enum(['whole', 'not offered']).nullable(),
})
export type Progress = z.infer<typeof Progress>

const State = z.strictObject({
  format: z.literal('oneroster-1'),
  url: z.string(),
  /** Everything changed before is loaded, by the clock of the source; null: nothing is. */
  since: Instant.nullable(),
  /** When everything was last fetched and loaded. */
  fullAt: Instant.nullable(),
  /** Under way: its pages lie sealed beside this file. */
  walk: z
    .strictObject({
      /** Names its pages. */
      id: z.string(),
      changedSince: Instant.nullable(),
      /** By the clock of the source, the overlap subtracted; null until its first answer. */
      begun: Instant.nullable(),
      asking: z.strictObject({ fields: z.boolean(), sort: z.boolean() }),
      resources: z.record(z.string(), Progress),
    })
    .nullable(),
  /** Rows since the state was made. */
  received: Count,
  duplicates: Count,
  dead: Count,
  at: z.string(),
})
export type OneRosterState = z.infer<typeof State>
export type OneRosterWalk = NonNullable<OneRosterState['walk']>

/**
 * The state as it was last written; a new one where none was.
 * @throws HomeroomError FILE_INVALID if there is a file that is no state; CONFIG_INVALID if it is of another address
 */
export async function readOneRosterState(path: string, url: string): Promise<OneRosterState> {
  let state: OneRosterState
  try {
    state = State.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(path, cause)
    return {
      format: 'oneroster-1',
      url,
      since: null,
      fullAt: null,
      walk: null,
      received: 0,
      duplicates: 0,
      dead: 0,
      at: '',
    }
  }
  if (state.url === url) return state
  throw new HomeroomError(
    'CONFIG_INVALID',
    `this source was pulled from ${state.url} before and is ${url} now. Nothing was pulled; homeroom pull --restart begins anew there, or give the new one a name of its own`,
  )
}

/** Durable when it resolves. */
export const writeOneRosterState = (path: string, state: OneRosterState): Promise<void> =>
  replaceFile(path, JSON.stringify(state, null, 2) + '\n')

export const fresh = (isWhole: boolean, again = 0): Progress => ({
  pages: 0,
  items: 0,
  total: null,
  isSteady: true,
  first: null,
  next: null,
  again,
  isWhole,
  ended: null,
})
