import { decoded } from '../../infra/csv.ts'
import { fault } from '../faults.ts'
import { invalid, type SourceFile } from './file-set.ts'
import { jsonObjects } from './json-objects.ts'
import type { TableRow } from './table.ts'

/** Resources of the Ed-Fi API that are read, by the name of their file in lower case. */
const RESOURCES = [
  'schools',
  'students',
  'staffs',
  'studentEducationOrganizationAssociations',
  'studentSchoolAssociations',
  'studentSectionAssociations',
  'staffSectionAssociations',
  'calendarDates',
  'studentSchoolAttendanceEvents',
  'studentSectionAttendanceEvents',
  'disciplineIncidents',
  'studentDisciplineIncidentBehaviorAssociations',
  'gradingPeriods',
  'grades',
  'assessments',
  'studentAssessments',
] as const
export type EdFiResource = (typeof RESOURCES)[number]

type Files = ReadonlyMap<EdFiResource, readonly SourceFile[]>
/** The files of one place by what they hold: those that are loaded, and all, which say what those refer to. */
export type EdFiSet = { all: Files; toLoad: Files }

const BY_NAME = new Map(RESOURCES.map(name => [name.toLowerCase(), name]))

/**
 * What a file holds, by its name, as exports name it: `students.jsonl`, `ed-fi_students.ndjson.gz`,
 * `studentSchoolAttendanceEvents-2.jsonl`; null for a file of another name.
 */
export function resourceOf(fileName: string): EdFiResource | null {
  const name = /^(?:ed-?fi[._-])?([a-z]+)(?:[._-]\d+)?\.(?:jsonl|ndjson)(?:\.gz)?$/i.exec(fileName)?.[1]
  return BY_NAME.get(name?.toLowerCase() ?? '') ?? null
}

export const edfiSet = (all: Iterable<SourceFile>, toLoad: Iterable<SourceFile>): EdFiSet => ({
  all: byResource(all),
  toLoad: byResource(toLoad),
})

function byResource(files: Iterable<SourceFile>): Files {
  const found = new Map<EdFiResource, SourceFile[]>()
  for (const file of files) {
    const resource = resourceOf(file.name)
    if (resource !== null) found.set(resource, [...(found.get(resource) ?? []), file])
  }
  return found
}

/** The objects of a resource, whether they are to be loaded or not. */
export async function* rowsOf({ all }: EdFiSet, resource: EdFiResource): AsyncGenerator<TableRow> {
  for (const file of all.get(resource) ?? []) yield* rowsIn(file)
}

/** The objects of a file, one a line, as rows: `studentReference.studentUniqueId`, `scoreResults.0.result`. */
export async function* rowsIn(file: SourceFile): AsyncGenerator<TableRow> {
  try {
    for await (const object of jsonObjects(decoded(await file.open()))) {
      const place = `${file.label} row ${object.line}${object.nth > 1 ? ` object ${object.nth}` : ''}`
      const row = { row: object.line, place, text: object.text, values: {} }
      if (object.fault === undefined) yield { ...row, values: flat(object.value) }
      else yield { ...row, unreadable: fault(object.line, place, object.fault, 'a JSON object') }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code?.startsWith('Z_') || code?.startsWith('ERR_ZLIB'))
      throw invalid(file.label, 'is damaged where it is compressed', cause)
    throw cause
  }
}

/** Every text, number and truth of an object by its path. Links and extensions are left out: they say nothing of it. */
export function flat(value: unknown): Record<string, string> {
  const values: Record<string, string> = {}
  const walk = (part: unknown, path: string, depth: number): void => {
    if (typeof part === 'string') {
      if (part.trim() !== '') values[path] = part.trim()
    } else if (typeof part === 'number' || typeof part === 'boolean') values[path] = String(part)
    else if (typeof part === 'object' && part !== null && depth < MAX_DEPTH) {
      for (const [name, inner] of Object.entries(part)) {
        if (name !== 'link' && name !== '_ext') walk(inner, path === '' ? name : `${path}.${name}`, depth + 1)
      }
    }
  }
  walk(value, '', 0)
  return values
}

const MAX_DEPTH = 8

/** The values of a list of objects: `listed(values, 'races', 'raceDescriptor')`. */
export function listed(values: Record<string, string>, list: string, field: string): string[] {
  const found: string[] = []
  for (let i = 0; i < MAX_LISTED; i++) {
    const value = values[`${list}.${i}.${field}`]
    if (value !== undefined) found.push(value)
  }
  return found
}

const MAX_LISTED = 50
