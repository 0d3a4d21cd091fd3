import { HomeroomError } from '../../infra/errors.ts'
import { eventFormatOf } from './event-files.ts'
import type { FileSet, SourceFile } from './file-set.ts'
import { refusedJob, type Format, type Job } from './format.ts'
import { filesIn, filesOf, loadBlock, loadSchools, MAPPED_PARTS, readMapping, type MappedBlock } from './mapped.ts'
import { checkHeader } from './table.ts'

/** No mapping file comes near it. */
const MAX_BYTES = 1024 * 1024

/** A mapping file with the tables beside it that it names: one job for each of its parts. */
export const mappedFormat: Format = {
  name: 'mapping',
  about: 'a mapping file (.json)',
  jobsIn: async (place, left) => {
    const jobs: Job[] = []
    for (const file of left) if (await isMapping(file, place)) jobs.push(...(await jobsOf(file, place)))
    return jobs
  },
}

/** Of a file that is named itself nothing else is asked than that it is JSON and no log: then its faults are told. */
async function isMapping(file: SourceFile, place: FileSet): Promise<boolean> {
  if (!/\.json$/i.test(file.name) || file.bytes > MAX_BYTES) return false
  if (!place.isFolder) return (await eventFormatOf(file)) === null
  const json = await jsonIn(file)
  const names = ['schools', ...MAPPED_PARTS.map(({ name }) => name as string)]
  return typeof json === 'object' && json !== null && 'source' in json && names.some(name => name in json)
}

async function jsonIn(file: SourceFile): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function jobsOf(file: SourceFile, place: FileSet): Promise<Job[]> {
  const { offered } = place
  let refused = file
  try {
    const mapping = await readMapping(file)
    const jobs: Job[] = []
    if (offered && !MAPPED_PARTS.flatMap(part => part.blocksIn(mapping)).some(block => isNamed(offered, block, place)))
      return []
    refused = offered ?? file
    for (const part of MAPPED_PARTS) {
      const blocks: { block: MappedBlock; files: SourceFile[] }[] = []
      for (const block of part.blocksIn(mapping)) {
        const files = offered ? filesIn(block.files, place) : await filesOf(block.files, place)
        // Before any part is loaded: a mapping file is refused as a whole.
        for (const each of files) await checkHeader(each, block.format)
        blocks.push({ block, files })
      }
      const schools = part === MAPPED_PARTS[0] ? mapping.schools : []
      if (blocks.length === 0 && schools.length === 0) continue
      jobs.push({
        stage: part.stage,
        source: mapping.source,
        files: [file, ...(offered ? [offered] : blocks.flatMap(({ files }) => files))],
        load: async loader => {
          loadSchools(schools, loader)
          for (const { block, files } of blocks) await loadBlock(block, part.label, files, loader)
          await loader.flush()
        },
      })
    }
    return jobs
  } catch (error) {
    if (error instanceof HomeroomError && error.code === 'FILE_INVALID') return [refusedJob(refused, error)]
    throw error
  }
}

const isNamed = (file: SourceFile, block: MappedBlock, place: FileSet): boolean =>
  filesIn(block.files, place).includes(file)
