import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HomeroomError } from '../../infra/errors.ts'
import { faultsOf, faultsSentence } from '../faults.ts'
import { fileAt, invalid, type SourceFile } from './file-set.ts'
import type { Loader } from './loader.ts'
import { interactionReader } from './mapped-interactions.ts'
import { rosterReader } from './mapped-roster.ts'
import { columnsOf, Mapping, type InteractionMapping, type RosterMapping } from './mapping.ts'
import { tableRows, type TableRow } from './table.ts'

/** @throws HomeroomError FILE_INVALID naming every fault of the mapping file */
export async function readMapping(path: string): Promise<Mapping> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(path, 'cannot be read', cause)
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid(path, 'is not JSON', cause)
  }
  const parsed = Mapping.safeParse(json)
  if (parsed.success) return parsed.data
  const faults = faultsOf(parsed.error.issues, json, 0, 'mapping')
  throw new HomeroomError('FILE_INVALID', `${basename(path)}: ${faultsSentence(faults)}. Nothing was loaded`)
}

/** What a row becomes: read into the loader's batch, or into its dead letters. */
export type RowReader = (row: TableRow) => 'stored' | 'dead'

/** Load what a mapping file describes: schools, then rosters, then interactions. */
export async function loadMapped(mapping: Mapping, path: string, loader: Loader): Promise<void> {
  const folder = dirname(path)
  for (const school of mapping.schools) {
    const { source, storedAt } = loader.batch
    loader.intake.addRoster(loader.batch, { type: 'school', source, storedAt, status: 'active', ...school })
  }
  for (const block of mapping.rosters) await loadBlock(block, folder, loader, ' (roster)', rosterReader(block, loader))
  for (const block of mapping.interactions) await loadBlock(block, folder, loader, '', interactionReader(block, loader))
  await loader.flush()
}

// A file may be read for its roster and for its interactions: two lines of the summary.
async function loadBlock(
  block: RosterMapping | InteractionMapping,
  folder: string,
  loader: Loader,
  label: string,
  read: RowReader,
): Promise<void> {
  const format = {
    delimiter: block.delimiter ?? (block.format === 'tsv' ? '\t' : ','),
    ...(block.columns ? { columns: block.columns } : { required: columnsOf(block) }),
  }
  for (const file of await filesOf(block.files, folder)) {
    const summary = loader.file(file.name + label)
    for await (const row of tableRows(file, format)) {
      row.values['#file'] = file.name
      row.values['#row'] = String(row.row)
      await loader.counted(summary, read(row))
    }
    await loader.finished(summary)
  }
}

async function filesOf(patterns: readonly string[], folder: string): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const pattern of patterns) {
    const place = join(folder, dirname(pattern))
    const name = basename(pattern)
    if (!name.includes('*')) {
      files.push(await fileAt(join(place, name)))
      continue
    }
    const matches = new RegExp(
      `^${name
        .split('*')
        .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    )
    const names = (await readdir(place)).filter(found => matches.test(found)).sort()
    if (names.length === 0) throw invalid(pattern, 'matches no file')
    for (const found of names) files.push(await fileAt(join(place, found)))
  }
  return files
}
