import type { z } from 'zod'
import { HomeroomError } from '../../infra/errors.ts'
import { Instrument } from '../../schemas/survey.ts'
import { faultsOf, faultsSentence } from '../faults.ts'
import { invalid, type FileSet, type SourceFile } from './file-set.ts'
import { refusedJob, type Format, type Job } from './format.ts'
import type { Loader } from './loader.ts'
import { filesOf } from './mapped.ts'
import { loadLong } from './survey-long.ts'
import { SurveyMapping, type SurveyBlock } from './survey-mapping.ts'
import { addSurvey } from './survey-response.ts'
import { loadWide } from './survey-wide.ts'

/** No instrument or mapping file comes near it. */
const MAX_BYTES = 4 * 1024 * 1024

/** Survey mapping files with the instruments and responses that they name, and instruments alone. */
export const surveyFormat: Format = {
  name: 'survey',
  about: 'a mapping file of surveys (.json), or a survey instrument (.json)',
  jobsIn: async (place, left) => {
    const jobs: Job[] = []
    const instruments: SourceFile[] = []
    for (const file of left) {
      const json = await objectIn(file)
      if (json === null) continue
      if ('surveys' in json) jobs.push(await surveyJob(file, json, place))
      else if ('instrument' in json && 'informant' in json) instruments.push(file)
    }
    const taken = new Set(jobs.flatMap(job => job.files.map(({ path }) => path)))
    for (const file of instruments) if (!taken.has(file.path)) jobs.push(await instrumentJob(file))
    return jobs
  },
}

/** What a mapping file says of some files, and the instrument that they answer. */
export type PlannedBlock = { block: SurveyBlock; instrument: Instrument }
/** A mapping file of surveys with the instruments that it names. */
export type SurveyPlan = {
  mapping: SurveyMapping
  instruments: readonly Instrument[]
  planned: readonly PlannedBlock[]
}
type Planned = PlannedBlock & { files: readonly SourceFile[] }

/**
 * Load instruments, then responses. A mapping file that is `complete` then says what was deleted at the source: only after
 * everything is stored, so that a load that is cut off takes nothing back, and only if it is known whose every row is.
 */
async function loadSurveys(
  mapping: SurveyMapping,
  instruments: readonly Instrument[],
  planned: readonly Planned[],
  loader: Loader,
): Promise<void> {
  const { source, storedAt: since } = loader.batch
  for (const instrument of instruments) addInstrument(loader, instrument)
  const added = new Map<string, string>()
  const lost = { rows: 0 }
  const found = new Map<string, Set<string>>(instruments.map(({ instrument }) => [instrument, new Set()]))
  for (const { block, instrument, files } of planned) {
    const windows = found.get(instrument.instrument)!
    if (instrument.windows.some(({ id }) => id === block.window)) windows.add(block.window as string)
    const survey = { loader, instrument, windows, added, lost }
    if (block.layout === 'wide') await loadWide({ ...survey, block }, files)
    else await loadLong({ ...survey, block }, files)
  }
  await loader.flush()
  if (!mapping.complete) return
  if (lost.rows > 0) {
    loader.broke(
      `source ${source}: ${lost.rows} row${lost.rows === 1 ? '' : 's'} of a complete export could not be used, so that nobody knows what is not there any more: nothing is taken back`,
    )
    return
  }
  for (const [instrument, windows] of found)
    for (const window of windows)
      addSurvey(loader, { type: 'export', source, storedAt: loader.batch.storedAt, instrument, window, since })
  await loader.flush()
}

function addInstrument(loader: Loader, definition: Instrument): void {
  const { source, storedAt } = loader.batch
  addSurvey(loader, { type: 'instrument', source, storedAt, status: 'active', definition })
}

async function surveyJob(file: SourceFile, json: object, place: FileSet): Promise<Job> {
  return orRefused(file, async () => {
    const { mapping, instruments, instrumentFiles, planned: blocks } = await planOf(file, json, place)
    const planned: Planned[] = []
    for (const each of blocks) planned.push({ ...each, files: await filesOf(each.block.files, place) })
    return {
      stage: 'surveys',
      source: mapping.source,
      files: [file, ...instrumentFiles, ...planned.flatMap(({ files }) => files)],
      load: loader => loadSurveys(mapping, instruments, planned, loader),
    }
  })
}

/**
 * The plan in a mapping file of surveys; null if it is none. The files that it names need not be there, its instruments must.
 * @throws HomeroomError FILE_INVALID
 */
export async function readSurveyPlan(file: SourceFile, place: FileSet): Promise<SurveyPlan | null> {
  const json = await objectIn(file)
  return json !== null && 'surveys' in json ? planOf(file, json, place) : null
}

async function planOf(
  file: SourceFile,
  json: object,
  place: FileSet,
): Promise<SurveyPlan & { instrumentFiles: SourceFile[] }> {
  const mapping = parsed(SurveyMapping, json, file)
  const instrumentFiles = await filesOf(mapping.instruments, place)
  const instruments = await Promise.all(instrumentFiles.map(readInstrument))
  const planned = mapping.surveys.map(block => ({ block, instrument: instrumentOf(block, instruments, file) }))
  return { mapping, instruments, instrumentFiles, planned }
}

async function instrumentJob(file: SourceFile): Promise<Job> {
  return orRefused(file, async () => {
    const instrument = await readInstrument(file)
    // One row of the summary: whoever loads a survey reads that it was stored.
    const load = async (loader: Loader): Promise<void> => {
      const summary = loader.file(file.label)
      addInstrument(loader, instrument)
      await loader.counted(summary, 'stored')
      await loader.finished(summary)
    }
    return { stage: 'surveys', source: 'survey', files: [file], load }
  })
}

function instrumentOf(block: SurveyBlock, instruments: readonly Instrument[], file: SourceFile): Instrument {
  const of = instruments.filter(
    ({ instrument, version }) => instrument === block.instrument && (block.version ?? version) === version,
  )
  const [found] = of
  if (found === undefined || of.length > 1) {
    const which = `${block.instrument}${block.version === undefined ? '' : ` ${block.version}`}`
    const what = found === undefined ? 'none of instruments is' : 'several of instruments are; name the version'
    throw invalid(file.label, `asks for instrument ${which}, and ${what}`)
  }
  const ids = new Set(found.items.map(({ id }) => id))
  const named = block.layout === 'wide' ? Object.keys(block.items) : Object.values(block.items)
  const unknown = [...named, ...block.notAsked, ...block.turned].filter(id => !ids.has(id))
  if (unknown.length > 0)
    throw invalid(
      file.label,
      `names items that ${found.instrument} ${found.version} does not have: ${unknown.join(', ')}`,
    )
  return found
}

const readInstrument = async (file: SourceFile): Promise<Instrument> =>
  parsed(Instrument, (await objectIn(file)) ?? {}, file)

function parsed<Shape extends z.ZodType>(shape: Shape, json: unknown, file: SourceFile): z.infer<Shape> {
  const result = shape.safeParse(json)
  if (result.success) return result.data
  const faults = faultsOf(result.error.issues, json, 0, file.name, ' field ')
  throw new HomeroomError('FILE_INVALID', `${faultsSentence(faults)}. Nothing of it was loaded`)
}

/** The object in a small JSON file; null for anything else. */
async function objectIn(file: SourceFile): Promise<object | null> {
  if (!/\.json$/i.test(file.name) || file.bytes > MAX_BYTES) return null
  const chunks: Buffer[] = []
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer)
  try {
    const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof json === 'object' && !Array.isArray(json) ? json : null
  } catch (error) {
    // No JSON: another format may know what it is, or the summary names it as unused.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function orRefused(file: SourceFile, job: () => Promise<Job>): Promise<Job> {
  try {
    return await job()
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'FILE_INVALID') return refusedJob(file, error)
    throw error
  }
}
