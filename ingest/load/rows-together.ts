import { compile, type Template } from './template.ts'
import type { TableRow } from './table.ts'

/** Rows that are held at once, and so how far apart two of one event may lie; about 150 MB. */
const MAX_HELD = 200_000
/** As many as can take part in one event. */
const MAX_TOGETHER = 201

/** What rows of one event have in common; and which rows are no part of any, `leaveOut` becoming a text for them. */
export type Together = { key: readonly Template[]; leaveOut?: Template | undefined }

/**
 * Puts rows together that are one event, in the order in which the events begin. A row that cannot be read stands alone, and
 * so do one that lacks what would put it together with others, and one that is left out.
 * @param most rows that are held at once: when there are more, the event that began first is given out
 */
export async function* rowsTogether(
  rows: AsyncIterable<TableRow>,
  together: Together,
  most = MAX_HELD,
): AsyncGenerator<TableRow> {
  const parts = together.key.map(compile)
  const leaveOut = compile(together.leaveOut)
  const open = new Map<string, TableRow[]>()
  let held = 0
  for await (const row of rows) {
    const isOfAny = row.unreadable === undefined && leaveOut(row.values) === undefined
    const key = isOfAny ? keyOf(parts.map(part => part(row.values))) : null
    if (key === null) {
      yield row
      continue
    }
    const event = open.get(key) ?? []
    event.push(row)
    open.set(key, event)
    held++
    if (event.length >= MAX_TOGETHER) held -= yield* closed(open, key)
    while (held > most) held -= yield* closed(open, open.keys().next().value!)
  }
  for (const event of open.values()) yield asOne(event)
}

function* closed(open: Map<string, TableRow[]>, key: string): Generator<TableRow, number> {
  const event = open.get(key)!
  open.delete(key)
  yield asOne(event)
  return event.length
}

/** The same row first in whichever order they stand in the file: what all share is read from it. */
function asOne(event: readonly TableRow[]): TableRow {
  if (event.length === 1) return event[0]!
  const [first, ...others] = event.toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.row - b.row))
  return { ...first!, others }
}

const keyOf = (parts: readonly (string | undefined)[]): string | null =>
  parts.includes(undefined) ? null : JSON.stringify(parts)

/** Row and others as one text, under one header if they have one, so that they can be read again together. */
export function textTogether({ text, others = [] }: TableRow, hasHeader: boolean): string {
  const bare = (other: TableRow): string => (hasHeader ? other.text.slice(other.text.indexOf('\n') + 1) : other.text)
  return [text, ...others.map(bare)].join('\n')
}
