import { InvalidArgumentError, type Command } from 'commander'
import { keyEnds } from '../dead-letter-keys.ts'
import { sealedMonths, type LetterFilter } from '../warehouse/dead-letters.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { isTimestamp } from '../../schemas/formats.ts'

export type FilterOptions = Pick<LetterFilter, 'source' | 'door' | 'code' | 'rule' | 'since' | 'before'>

/** The options by which letters are chosen, alike wherever they are. */
export function withFilter(command: Command): Command {
  return command
    .option('--source <name>', 'only letters of this source')
    .option('--door <name>', 'only letters of this door: xapi, caliper, interactions, oneroster, mapping …')
    .option('--code <code>', 'only letters with this error code')
    .option('--rule <text>', 'only letters whose rule holds this text')
    .option('--since <time>', 'only letters stored at or after this time, ISO 8601', instantOf)
    .option('--before <time>', 'only letters stored before this time', instantOf)
}

export const filterOf = (
  { source, door, code, rule, since, before }: FilterOptions,
  ids: readonly string[],
): LetterFilter => ({ ids: ids.map(idOf), source, door, code, rule, since, before })

/** Until when originals can be opened: once a month's key has ended, nobody can. */
export type Openable = { month: string; letters: number; until: string; ended: boolean }

export async function openableBy(warehouse: Warehouse, filter: LetterFilter, now = new Date()): Promise<Openable[]> {
  return (await sealedMonths(warehouse, filter)).map(({ month, letters }) => {
    const ends = keyEnds(month)
    return { month, letters, until: ends.toISOString().slice(0, 10), ended: ends <= now }
  })
}

/** Sentences about what cannot be opened any more, and what will be next. */
export function openableSentences(openable: readonly Openable[]): string[] {
  const ended = openable.filter(month => month.ended)
  const next = openable.find(month => !month.ended)
  const lost = ended.reduce((sum, { letters }) => sum + letters, 0)
  return [
    ...(lost > 0
      ? [
          `${lost} originals of ${ended.map(({ month }) => month).join(', ')} cannot be opened any more: their keys have ended.`,
        ]
      : []),
    ...(next
      ? [`${next.letters} originals of ${next.month} can be opened until ${next.until}, and by nobody afterwards.`]
      : []),
  ]
}

function idOf(text: string): string {
  if (/^[0-9a-f-]{8,36}$/i.test(text)) return text
  throw new InvalidArgumentError(
    `${text} is no id of a dead letter: expected a UUID, or its first eight digits or more`,
  )
}

function instantOf(text: string): string {
  if (isTimestamp(text)) return new Date(text).toISOString()
  throw new InvalidArgumentError('expected an ISO 8601 date and time, for example 2026-03-02T00:00:00Z')
}
