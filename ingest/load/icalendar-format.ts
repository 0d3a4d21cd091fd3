import { HomeroomError } from '../../infra/errors.ts'
import { faultsOf, faultsSentence } from '../faults.ts'
import type { FileSet, SourceFile } from './file-set.ts'
import { refusedJob, type Format, type Job } from './format.ts'
import { loadCalendar } from './icalendar.ts'
import { CalendarMapping } from './icalendar-mapping.ts'
import { filesIn, filesOf } from './mapped.ts'

/** No mapping file comes near it. */
const MAX_BYTES = 1024 * 1024

/**
 * Mapping files of calendars with the calendars (`*.ics`) that they name. A calendar that none names is not taken: people
 * keep in calendars what is nobody's business.
 */
export const icalendarFormat: Format = {
  name: 'icalendar',
  about: 'a mapping file of calendars (.json) with the calendars that it names (.ics)',
  jobsIn: async (place, left) => {
    const jobs: Job[] = []
    for (const file of left) {
      const json = await mappingIn(file)
      if (json !== null) jobs.push(...(await jobsOf(file, json, place)))
    }
    return jobs
  },
}

async function jobsOf(mappingFile: SourceFile, json: object, place: FileSet): Promise<Job[]> {
  const { offered } = place
  try {
    const mapping = parsed(json, mappingFile)
    const begun = new Map<string, string>()
    const jobs: Job[] = []
    for (const block of mapping.calendars) {
      const files = offered
        ? filesIn(block.files, place).filter(({ path }) => path === offered.path)
        : await filesOf(block.files, place)
      for (const file of files)
        jobs.push({
          stage: 'calendars',
          source: mapping.source,
          // First what is named if it cannot be used.
          files: [file, mappingFile],
          load: loader => loadCalendar(file, block, begun, loader),
        })
    }
    return jobs
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'FILE_INVALID')
      return [refusedJob(offered ?? mappingFile, error)]
    throw error
  }
}

function parsed(json: object, file: SourceFile): CalendarMapping {
  const result = CalendarMapping.safeParse(json)
  if (result.success) return result.data
  const faults = faultsOf(result.error.issues, json, 0, file.name, ' field ')
  throw new HomeroomError('FILE_INVALID', `${faultsSentence(faults)}. Nothing of it was loaded`)
}

/** The object in a small JSON file that names calendars; null for anything else. */
async function mappingIn(file: SourceFile): Promise<object | null> {
  if (!/\.json$/i.test(file.name) || file.bytes > MAX_BYTES) return null
  const chunks: Buffer[] = []
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer)
  try {
    const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof json === 'object' && json !== null && 'calendars' in json ? json : null
  } catch (error) {
    // No JSON: another format may know what it is, or the summary names it as unused.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
