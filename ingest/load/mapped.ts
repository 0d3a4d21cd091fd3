import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HomeroomError } from '../../infra/errors.ts'
import { faultsOf, faultsSentence } from '../faults.ts'
import { fileAt, invalid, type FileSet, type SourceFile } from './file-set.ts'
import type { Stage } from './format.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { aliasReader } from './mapped-aliases.ts'
import { interactionReader } from './mapped-interactions.ts'
import { choiceReader, goalReader, planReader, reflectionReader } from './mapped-plans.ts'
import { rosterReader } from './mapped-roster.ts'
import { scoreReader } from './mapped-scores.ts'
import { columnsOf, Mapping } from './mapping.ts'
import type { PLAN_PARTS } from './plan-mapping.ts'
import { tableRows, type TableFormat, type TableRow } from './table.ts'

/**
 * What a row becomes: read into the loader's batch, or into its dead letters. `end` is called after the last row of the
 * last file of the block.
 */
export type RowReader = ((row: TableRow) => RowOutcome) & { end?: () => void }

/** One block of a mapping file: which files, how they are laid out, and what reads their rows. */
export type MappedBlock = {
  files: readonly string[]
  format: TableFormat
  reader: (loader: Loader) => RowReader
  /** The block as the mapping file has it, where each row means the same by itself: a load that was cut off goes on. */
  resumes: unknown
}

/** A list of blocks in mapping files, and when it is loaded. */
export type MappedPart = {
  name: 'rosters' | 'aliases' | 'interactions' | 'scores' | (typeof PLAN_PARTS)[number]
  stage: Stage
  /** Behind the name of a file in summaries: a file may be read for several parts. */
  label: string
  blocksIn: (mapping: Mapping) => MappedBlock[]
}

/** Everything that a mapping file may say of rows. */
export const MAPPED_PARTS: readonly MappedPart[] = [
  part('rosters', 'rosters', ' (roster)', rosterReader),
  part('aliases', 'rosters', ' (aliases)', aliasReader),
  part('scores', 'scores', '', scoreReader),
  part('plans', 'plans', ' (plans)', planReader),
  part('goals', 'plans', ' (goals)', goalReader),
  part('choices', 'plans', ' (choices)', choiceReader),
  part('reflections', 'plans', ' (reflections)', reflectionReader),
  part('interactions', 'logs', '', interactionReader),
]

function part<Name extends MappedPart['name']>(
  name: Name,
  stage: Stage,
  label: string,
  reader: (block: Mapping[Name][number], loader: Loader) => RowReader,
): MappedPart {
  const blocksIn = (mapping: Mapping): MappedBlock[] =>
    mapping[name].map((block: Mapping[Name][number]) => ({
      files: block.files,
      format: {
        json: block.format === 'jsonl',
        delimiter: block.delimiter ?? (block.format === 'tsv' ? '\t' : ','),
        ...(block.columns ? { columns: block.columns } : { required: columnsOf(block) }),
        ...('together' in block && block.together
          ? { together: { key: block.together, leaveOut: block.leaveOut } }
          : {}),
      },
      reader: loader => reader(block, loader),
      resumes: name === 'interactions' && !('together' in block && block.together) ? block : null,
    }))
  return { name, stage, label, blocksIn }
}

/** @throws HomeroomError FILE_INVALID naming every fault of the mapping file */
export async function readMapping(file: SourceFile): Promise<Mapping> {
  const chunks: Buffer[] = []
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer)
  let json: unknown
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw invalid(file.label, 'is not JSON', cause)
  }
  const parsed = Mapping.safeParse(json)
  if (parsed.success) return parsed.data
  const faults = faultsOf(parsed.error.issues, json, 0, 'mapping')
  throw new HomeroomError('FILE_INVALID', `${file.label}: ${faultsSentence(faults)}. Nothing was loaded`)
}

export function loadSchools(schools: Mapping['schools'], loader: Loader): void {
  const { source, storedAt } = loader.batch
  for (const school of schools)
    loader.intake.addRoster(loader.batch, { type: 'school', source, storedAt, status: 'active', ...school })
}

/** Load the files of one block, row by row. */
export async function loadBlock(
  block: MappedBlock,
  label: string,
  files: readonly SourceFile[],
  loader: Loader,
): Promise<void> {
  const read = block.reader(loader)
  for (const file of files) {
    const summary = loader.file(file.label + label)
    if (block.resumes !== null) await loader.resume(summary, file, [block.resumes, file.name])
    for await (const row of tableRows(file, block.format)) {
      if (loader.passesOver(summary)) continue
      row.values['#file'] = file.name
      row.values['#row'] = String(row.row)
      await loader.counted(summary, read(row), row.place, 1 + (row.others?.length ?? 0))
    }
    await loader.finished(summary)
  }
  read.end?.()
}

/**
 * The files that patterns name, relative to the place of the mapping file; in a zip only its own.
 * @throws HomeroomError FILE_INVALID if there is none
 */
export async function filesOf(patterns: readonly string[], place: FileSet): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  // Of those of the place itself messages say where they are: several folders may have a file of that name.
  const own = new Map([...place.files.values()].map(file => [file.path, file]))
  for (const pattern of patterns) {
    const found = place.folder === null ? filesIn([pattern], place) : await onDisk(pattern, place.folder)
    if (found.length === 0) throw invalid(pattern, 'matches no file')
    files.push(...found.map(file => own.get(file.path) ?? file))
  }
  return files
}

/** The blocks that read a file of this name. */
export const blocksFor = (mapping: Mapping, name: string): MappedBlock[] =>
  MAPPED_PARTS.flatMap(part => part.blocksIn(mapping)).filter(({ files }) =>
    files.some(pattern => matches(basename(pattern), name)),
  )

/** Whether a pattern of a mapping file names a file. */
export const matches = (pattern: string, name: string): boolean => matcher(pattern).test(name)

/** The files of the place itself that patterns name. */
export const filesIn = (patterns: readonly string[], place: FileSet): SourceFile[] =>
  patterns.flatMap(pattern => [...place.files.values()].filter(({ name }) => matcher(basename(pattern)).test(name)))

async function onDisk(pattern: string, folder: string): Promise<SourceFile[]> {
  const [place, name] = [join(folder, dirname(pattern)), basename(pattern)]
  if (!name.includes('*')) return [await fileAt(join(place, name))]
  const names = (await readdir(place)).filter(found => matcher(name).test(found)).sort()
  return Promise.all(names.map(found => fileAt(join(place, found))))
}

const matcher = (name: string): RegExp =>
  new RegExp(
    `^${name
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
