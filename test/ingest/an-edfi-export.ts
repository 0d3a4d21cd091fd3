import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadFiles, type LoadSummary } from '../../ingest/load/load.ts'
import { pseudonymiser } from '../../ingest/pseudonymise.ts'
import { NOW, SECRETS, startIngest, type Ingest } from './start-ingest.ts'

export const pseudonymise = pseudonymiser(SECRETS.pseudonymKey, 'district-7')

export type EdFiExport = {
  ingest: Ingest
  folder: string
  /** A file of the export: objects, one a line. */
  write: (name: string, ...objects: object[]) => Promise<void>
  load: () => Promise<LoadSummary>
  close: () => Promise<void>
}

/** A folder for an export of an Ed-Fi API, and what loads it into a real log. */
export async function anEdFiExport(): Promise<EdFiExport> {
  const ingest = await startIngest()
  const folder = await mkdtemp(join(tmpdir(), 'homeroom-edfi-'))
  return {
    ingest,
    folder,
    write: (name, ...objects) =>
      writeFile(join(folder, name), objects.map(object => JSON.stringify(object) + '\n').join('')),
    load: () => loadFiles([folder], { log: ingest.log, config: ingest.config, secrets: SECRETS, clock: () => NOW }),
    close: async () => {
      await ingest.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const SECTION = {
  localCourseCode: 'ADV-1',
  schoolId: 255901001,
  schoolYear: 2026,
  sectionIdentifier: 'advisory-7',
  sessionName: 'Spring',
}
export const CLASS = '255901001|2026|Spring|ADV-1|advisory-7'
export const student = (studentUniqueId: string) => ({ studentReference: { studentUniqueId } })
export const at = { schoolReference: { schoolId: 255901001 } }
