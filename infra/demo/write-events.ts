import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyRow } from './deliveries.ts'
import type { District } from './district.ts'
import { SOURCES, type Source } from './traces/trace.ts'
import { recordWriter, traceOf, weeksOf, type Week } from './week.ts'

const FLUSH_RECORDS = 1000

/**
 * Write what `sendDistrict` would send to files instead: `<folder>/<Monday>/<source>.jsonl`, one record a line, in the
 * order of sending, duplicates and malformed ones included.
 *
 * @param options.weeks half-open, counted from 0; default: the whole year
 * @returns how many records were written
 */
export async function writeEvents(
  plan: District,
  folder: string,
  options: { weeks?: { from: number; to: number }; onWeekDone?: (week: number) => void; signal?: AbortSignal } = {},
): Promise<{ records: number }> {
  let records = 0
  for (const week of weeksOf(plan, options.weeks?.from, options.weeks?.to)) {
    options.signal?.throwIfAborted()
    await writeWeek(plan, week, join(folder, plan.year.dates[week.week * 7]!))
    records += week.order.length
    options.onWeekDone?.(week.week)
  }
  return { records }
}

async function writeWeek(plan: District, { deliveries, order }: Week, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const write = recordWriter(plan)
  const row = emptyRow()
  const files = new Map<Source, FileHandle>()
  const lines = new Map<Source, string>()
  try {
    for (const source of Object.keys(SOURCES) as Source[])
      files.set(source, await open(join(folder, `${source}.jsonl`), 'w'))
    for (const [count, i] of order.entries()) {
      const { source } = traceOf(deliveries.read(i, row))
      lines.set(source, `${lines.get(source) ?? ''}${write(row, deliveries.variant(i))}\n`)
      if (count % FLUSH_RECORDS === 0) await flush(files, lines)
    }
    await flush(files, lines)
  } finally {
    for (const file of files.values()) await file.close()
  }
}

async function flush(files: Map<Source, FileHandle>, lines: Map<Source, string>): Promise<void> {
  for (const [source, text] of lines) await files.get(source)!.writeFile(text)
  lines.clear()
}
