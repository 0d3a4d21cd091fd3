import { utcInstant } from '../../schemas/formats.ts'
import type { MapContext, Mapped } from './from-xapi.ts'
import { isTimely } from './times.ts'

type Head = Pick<Mapped, 'id' | 'source' | 'standard' | 'occurredAt' | 'storedAt' | 'timely'>

/**
 * What every record begins with. (Statements and rows of interactions, of which there are millions, set the same in place.)
 * @param at when it happened, in any form that the standard allows
 */
export function headOf(
  standard: Head['standard'],
  at: string,
  { id, source, storedAt, window }: Omit<MapContext, 'identify'>,
): Head {
  const occurredAt = utcInstant(at)
  return { id, source, standard, occurredAt, storedAt, timely: isTimely(occurredAt, window) }
}
