import { fault } from '../faults.ts'
import { codeOf, type Descriptors } from './edfi-descriptors.ts'
import { rowsIn, rowsOf, type EdFiResource, type EdFiSet } from './edfi-objects.ts'
import { noSection, wrong } from './edfi-rows.ts'
import { sectionOf } from './edfi-sections.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { InteractionMapping } from './interaction-mapping.ts'
import { interactionReader } from './mapped-interactions.ts'
import type { TableRow } from './table.ts'

/** Under which students stand in events: a OneRoster roster's `identifier`, the same as `edfi-roster.ts` gives them. */
export const STUDENT_ID = 'identifier'
const STUDENT = [{ id: '{studentReference.studentUniqueId}', idType: STUDENT_ID, role: 'student' }]

/** What the district's own files would say in a mapping file (`mapping.ts`); `#` marks what is worked out below. */
const ATTENDANCE = InteractionMapping.parse({
  files: ['*'],
  time: { origin: '{eventDate}', days: '0', at: '12:00' },
  kind: '{#kind}',
  participants: STUDENT,
  school: '{#school}',
  section: '{#section}',
  object: 'attendance:{#code}',
  // The key that Ed-Fi gives it.
  naturalKey: [
    '{#resource}',
    '{#section}',
    '{#school}',
    '{eventDate}',
    '{#category}',
    '{studentReference.studentUniqueId}',
  ],
})

const BEHAVIOUR = InteractionMapping.parse({
  files: ['*'],
  time: { origin: '{#date}', days: '0', at: '{#time}' },
  kind: 'referred',
  participants: STUDENT,
  school: '{disciplineIncidentReference.schoolId}',
  object: 'behaviour:{#code}',
  naturalKey: [
    'behaviour',
    '{disciplineIncidentReference.schoolId}',
    '{disciplineIncidentReference.incidentIdentifier}',
    '{#code}',
    '{studentReference.studentUniqueId}',
  ],
})

/** An absence of less than half a day is no absence of the day. */
const LEAST_ABSENCE_DAYS = 0.5

/**
 * Attendance events → `attended` and `absent`; behaviour associations → `referred`, dated by their incidents. Streaming.
 */
export async function loadEdFiEvents(set: EdFiSet, descriptors: Descriptors, loader: Loader): Promise<void> {
  const attendance = interactionReader(ATTENDANCE, loader, 'edfi')
  for (const resource of ['studentSchoolAttendanceEvents', 'studentSectionAttendanceEvents'] as const) {
    await each(set, resource, loader, row => {
      const made = attendanceOf(row, resource, descriptors)
      return attendance(made)
    })
  }
  await each(set, 'disciplineIncidents', loader, row => checkIncident(row, loader))
  const incidents = await incidentsIn(set)
  const behaviour = interactionReader(BEHAVIOUR, loader, 'edfi')
  await each(set, 'studentDisciplineIncidentBehaviorAssociations', loader, row => {
    const codes = Object.keys(row.values).filter(key => key.startsWith('disciplineIncidentParticipationCodes.'))
    const takes = (key: string): boolean =>
      descriptors.meaning('DisciplineIncidentParticipationCode', row.values[key]) !== 'none'
    if (codes.length > 0 && !codes.some(takes)) return { nobody: 'victims, witnesses and reporters' }
    return behaviour(behaviourOf(row, incidents))
  })
}

function attendanceOf(row: TableRow, resource: EdFiResource, descriptors: Descriptors): TableRow {
  if (row.unreadable) return row
  const { values } = row
  const category = values.attendanceEventCategoryDescriptor
  const [kind, code] = descriptors.meaning('AttendanceEventCategory', category)?.split(' ') ?? []
  if (kind === undefined || code === undefined)
    return unknownDescriptor(row, 'attendanceEventCategoryDescriptor', category)
  const section = sectionOf(values)
  const isOfSection = resource === 'studentSectionAttendanceEvents'
  // Without it the absence from a class would be one of the day.
  if (isOfSection && section === null) return { ...row, unreadable: noSection(row) }
  // Durations are parts of a day: a class is missed whole by a small one.
  const isShort = !isOfSection && kind === 'absent' && Number(values.eventDuration ?? 1) < LEAST_ABSENCE_DAYS
  values['#kind'] = isShort ? 'attended' : kind
  values['#code'] = isShort ? 'partial' : code
  values['#resource'] = resource
  values['#category'] = codeOf(category ?? '')
  if (section !== null) values['#section'] = section.id
  const school = section?.school ?? values['schoolReference.schoolId']
  if (school !== undefined) values['#school'] = school
  return row
}

/** A descriptor's value is a code of the system, and is told: somebody has to give it a line. */
export function unknownDescriptor(row: TableRow, field: string, uri: string | undefined): TableRow {
  const told =
    uri === undefined
      ? 'missing'
      : /^uri:\/\/[\w.\-/]{1,120}#[\w .,/'()+-]{1,80}$/.test(uri)
        ? JSON.stringify(uri)
        : `a string of ${uri.length} characters`
  const expected = `a value with a line in edfi-descriptors.csv (${field[0]!.toUpperCase()}${field.slice(1).replace(/Descriptor$/, '')})`
  return { ...row, unreadable: fault(row.row, `${row.place} field ${field}`, told, expected) }
}

type Incident = { date: string; time: string }
const incidentKey = (school: string | undefined, id: string | undefined): string => `${school}|${id}`

async function incidentsIn(set: EdFiSet): Promise<Map<string, Incident>> {
  const incidents = new Map<string, Incident>()
  for await (const { values } of rowsOf(set, 'disciplineIncidents')) {
    const { incidentIdentifier, incidentDate, incidentTime = '12:00' } = values
    const key = incidentKey(values['schoolReference.schoolId'], incidentIdentifier)
    if (incidentDate !== undefined) incidents.set(key, { date: incidentDate, time: incidentTime.slice(0, 8) })
  }
  return incidents
}

const INCIDENT = ['incidentIdentifier', 'incidentDate', 'schoolReference.schoolId']

/** An incident is stored nowhere by itself: what students did in it stands in the associations. */
function checkIncident(row: TableRow, loader: Loader): RowOutcome {
  const faults = row.unreadable
    ? [row.unreadable]
    : INCIDENT.filter(name => row.values[name] === undefined).map(name =>
        fault(row.row, `${row.place} field ${name}`, 'missing', 'a value'),
      )
  if (faults.length === 0) return 'stored'
  const consequence = 'What students did in it has no date and is refused'
  loader.bury('edfi', row.place, row.text, faults, consequence, 'ROW_INVALID', row.values)
  return 'dead'
}

function behaviourOf(row: TableRow, incidents: ReadonlyMap<string, Incident>): TableRow {
  if (row.unreadable) return row
  const { values } = row
  const incident = incidents.get(
    incidentKey(
      values['disciplineIncidentReference.schoolId'],
      values['disciplineIncidentReference.incidentIdentifier'],
    ),
  )
  if (incident === undefined) {
    const field = 'disciplineIncidentReference.incidentIdentifier'
    const got = 'an incident that disciplineIncidents does not have'
    return { ...row, unreadable: wrong(row, field, got, 'an incident beside it', 'reference') }
  }
  values['#date'] = incident.date
  values['#time'] = incident.time
  values['#code'] = codeOf(values.behaviorDescriptor ?? 'unknown')
  return row
}

/** Every object of a resource's files, counted by file. */
export async function each(
  set: EdFiSet,
  resource: EdFiResource,
  loader: Loader,
  read: (row: TableRow) => RowOutcome,
): Promise<void> {
  for (const file of set.toLoad.get(resource) ?? []) {
    const summary = loader.file(file.label)
    for await (const row of rowsIn(file)) await loader.counted(summary, read(row), row.place)
    await loader.finished(summary)
  }
}
