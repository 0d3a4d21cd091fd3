import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HomeroomError } from '../errors.ts'

/** Where a restore works. It is there until everything is in its place: data beside it are not whole. */
export const restoringIn = (data: string): string => join(data, 'restoring')

/** @throws HomeroomError BACKUP_FAILED while a restore is under way, or after one that was killed */
export function refuseHalfRestored({ data }: { data: string }): void {
  const folder = restoringIn(data)
  if (!existsSync(folder)) return
  throw new HomeroomError(
    'BACKUP_FAILED',
    `a restore into ${data} is under way or was cut off (${folder} is there), expected one that has ended: what is in place is not whole. Nothing was started. If no restore runs, run homeroom restore again: it begins anew, and clears away what the one before had put in place`,
  )
}
