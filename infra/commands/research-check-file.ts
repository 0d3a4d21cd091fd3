import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { OutputTable } from '../../processors/research/review.ts'
import { HomeroomError } from '../errors.ts'
import { openTable } from './table.ts'

/**
 * A table of results as text, from CSV or TSV with a header, or from Parquet, which its first bytes say.
 *
 * @throws HomeroomError FILE_INVALID if it cannot be read whole: what cannot be read cannot be checked
 */
export async function readOutputTable(file: string): Promise<OutputTable> {
  if (await isParquet(file)) return readParquet(file)
  const table = await openTable(file)
  const rows: string[][] = []
  for await (const { fields } of table.rows(fault => {
    throw new HomeroomError('FILE_INVALID', `${file}: ${fault}. Nothing was checked`)
  }))
    rows.push(fields)
  return { columns: table.columns, rows }
}

async function isParquet(file: string): Promise<boolean> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
      return bytesRead === 4 && buffer.toString('latin1') === 'PAR1'
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new HomeroomError('FILE_INVALID', `${file} cannot be opened. Nothing was checked`, { cause: error })
  }
}

/** By the engine's library in this process, without a database. */
function readParquet(file: string): OutputTable {
  const literal = `'${resolve(file).replace(/[\\']/g, '\\$&')}'`
  try {
    const { query } = createRequire(import.meta.url)('chdb') as { query: (sql: string, format: string) => string }
    const lines = query(`select * from file(${literal}, Parquet)`, 'JSONCompactStringsEachRowWithNames')
      .trimEnd()
      .split('\n')
    const [columns = [], ...rows] = lines.map(line => JSON.parse(line) as string[])
    // A value that is not there is written so.
    return { columns, rows: rows.map(row => row.map(field => (field === 'ᴺᵁᴸᴸ' || field === '\\N' ? '' : field))) }
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new HomeroomError(
      'FILE_INVALID',
      `${file} cannot be read as Parquet: ${said}. Nothing was checked; CSV works too`,
      { cause: error },
    )
  }
}
