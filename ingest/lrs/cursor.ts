import { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { Filter, FORMATS, Instant, type Shown } from './query.ts'

/** Where a list goes on: after the statement stored at `at` (milliseconds since 1970) with that id. */
const Cursor = z.strictObject({
  filter: Filter,
  format: z.enum(FORMATS),
  attachments: z.boolean(),
  /** Nothing stored later: a list that grows while it is read would never end. */
  through: Instant,
  after: z.strictObject({ at: Instant, id: z.guid() }),
})
export type Cursor = Shown & z.infer<typeof Cursor>

export const MORE = '/xapi/more/'

/** The value of `more`: an address on this server. It holds pseudonyms, never an identifier. */
export function addressOf(cursor: Cursor): string {
  return MORE + Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

/** @throws HomeroomError QUERY_INVALID */
export function cursorOf(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch (cause) {
    const message = `the address ends in ${text.length} characters that no answer gave as more; nothing was looked up`
    throw new HomeroomError('QUERY_INVALID', message, { cause })
  }
}
