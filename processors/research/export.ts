import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvField } from '../../infra/csv.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { citationBibtex, citationCsl, citationText, type Cited } from './citation.ts'
import { EXTRACT_TABLES } from './extract-tables.ts'
import { extractDatabase } from './extract.ts'
import type { Study } from './study.ts'

/** A file of an export. */
export type ExportedFile = { name: string; bytes: number; sha256: string }

/** Only who runs the export can read it; who may have it is for the agreement of the study. */
const PRIVATE = 0o600

/**
 * Write the extract of a study as files: Parquet for each table, the manifest, the codebook as CSV, the citation as text, BibTeX
 * and CSL-JSON, and the hashes of all of them. Each file appears whole or not at all.
 *
 * @param folder is made if it is missing
 * @throws HomeroomError ARGUMENT_INVALID if the study has no extract, or the folder cannot be written
 */
export async function exportExtract(warehouse: Warehouse, study: Study, folder: string): Promise<ExportedFile[]> {
  const { manifest } = study
  if (manifest === null)
    throw new HomeroomError(
      'ARGUMENT_INVALID',
      `study ${study.study} has no extract yet. Nothing was written; run homeroom research extract ${study.study}`,
    )
  await made(folder)
  const extract = extractDatabase(warehouse, study.study)
  const cited: Cited = manifest
  const texts: Record<string, string> = {
    'manifest.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'codebook.csv': await codebookCsv(warehouse, extract),
    'citation.txt': `${citationText(cited)}\n`,
    'citation.bib': citationBibtex(cited),
    'citation.json': `${JSON.stringify(citationCsl(cited), null, 2)}\n`,
  }
  const files: ExportedFile[] = []
  for (const { name } of EXTRACT_TABLES.filter(table => table.name !== 'manifest')) {
    const write = (path: string): Promise<void> => writeParquet(warehouse, `${extract}.${name}`, path)
    files.push(await written(folder, `${name}.parquet`, write))
  }
  for (const [name, text] of Object.entries(texts))
    files.push(await written(folder, name, path => writeFile(path, text, { mode: PRIVATE })))
  const sums = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')
  await writeFile(join(folder, 'SHA256SUMS'), sums, { mode: PRIVATE })
  return files
}

async function made(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new HomeroomError('ARGUMENT_INVALID', `folder ${folder} cannot be made. Nothing was written`, { cause })
  }
}

async function written(folder: string, name: string, write: (path: string) => Promise<void>): Promise<ExportedFile> {
  const [path, unfinished] = [join(folder, name), join(folder, `.${name}.unfinished`)]
  try {
    await write(unfinished)
    const hash = createHash('sha256')
    await pipeline(createReadStream(unfinished), hash)
    const { size } = await stat(unfinished)
    await rename(unfinished, path)
    return { name, bytes: size, sha256: hash.digest('hex') }
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function writeParquet(warehouse: Warehouse, table: string, path: string): Promise<void> {
  const { stream } = await warehouse.client.exec({
    // As text and plain columns, which every reader of Parquet takes; in an order that tells nothing of the district's.
    query: `select * from ${table} order by all format Parquet`,
    clickhouse_settings: { output_format_parquet_string_as_string: 1, low_cardinality_allow_in_native_format: 0 },
  })
  await pipeline(Readable.from(stream), createWriteStream(path, { mode: PRIVATE }))
}

async function codebookCsv(warehouse: Warehouse, extract: string): Promise<string> {
  const lines = await warehouse.query<Record<string, string>>(
    'select part, table, name, type, meaning, unit, range, missing, source from {extract:Identifier}.codebook order by position',
    { extract },
  )
  const columns = ['part', 'table', 'name', 'type', 'meaning', 'unit', 'range', 'missing', 'source']
  const row = (cells: readonly string[]): string => cells.map(cell => csvField(cell)).join(',')
  return `${[row(columns), ...lines.map(line => row(columns.map(column => line[column]!)))].join('\r\n')}\r\n`
}
