import type { SourceFile } from './file-set.ts'
import type { Stage } from './format.ts'
import { jsonRows } from './json-rows.ts'
import type { TableRow } from './table.ts'

/** Resources of the Ed-Fi API that are read, by the stage of a load at which they are. */
export const EDFI_STAGES = {
  rosters: [
    'schools',
    'students',
    'staffs',
    'studentEducationOrganizationAssociations',
    'studentSchoolAssociations',
    'studentSectionAssociations',
    'staffSectionAssociations',
  ],
  calendars: ['calendarDates'],
  scores: ['assessments', 'studentAssessments', 'gradingPeriods', 'grades'],
  logs: [
    'studentSchoolAttendanceEvents',
    'studentSectionAttendanceEvents',
    'disciplineIncidents',
    'studentDisciplineIncidentBehaviorAssociations',
  ],
} as const satisfies Partial<Record<Stage, readonly string[]>>

export type EdFiStage = keyof typeof EDFI_STAGES
export type EdFiResource = (typeof EDFI_STAGES)[EdFiStage][number]

type Files = ReadonlyMap<EdFiResource, readonly SourceFile[]>
/** The files of one place by what they hold: those that are loaded, and all, which say what those refer to. */
export type EdFiSet = { all: Files; toLoad: Files }

const BY_NAME = new Map(
  Object.values(EDFI_STAGES)
    .flat()
    .map((name: EdFiResource) => [name.toLowerCase(), name]),
)

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

/** The objects of a file; links and extensions are left out, because they say nothing of it. */
export const rowsIn = (file: SourceFile): AsyncGenerator<TableRow> => jsonRows(file, LEFT_OUT)

export const LEFT_OUT: ReadonlySet<string> = new Set(['link', '_ext'])

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
