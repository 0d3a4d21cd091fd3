import { z } from 'zod'
import { Role, type Pseudonym } from '../../schemas/record.ts'
import { fault, faultsOf, type Fault } from '../faults.ts'
import { identifierOfParticipant } from '../map/from-interaction.ts'
import type { Loader } from './loader.ts'
import type { RowReader } from './mapped.ts'
import type { PersonMapping, RosterMapping } from './mapping.ts'
import { DateText, gradeOf } from './oneroster-rows.ts'
import { compile, type Values } from './template.ts'

const PersonRow = z.object({
  id: z.string().min(1).max(512),
  idType: z.string(),
  role: Role,
  grade: z.string().max(16).optional(),
  class: z.string().max(256).optional(),
  label: z.string().max(256).optional(),
  subject: z.string().max(128).optional(),
  school: z.string().min(1).max(256),
  begin: DateText,
  end: DateText.optional(),
  groups: z.record(z.string(), z.string().max(64)),
})
type PersonRow = z.infer<typeof PersonRow>

/** What the block has made so far: each person, class and enrolment is written once. */
type Made = { persons: Map<Pseudonym, string>; classes: Set<string>; enrolments: Set<string> }

/** Reads the persons that rows name, with their classes and enrolments. */
export function rosterReader(block: RosterMapping, loader: Loader): RowReader {
  const people = block.persons.map(person => ({ person, read: compiled(person) }))
  const made: Made = { persons: new Map(), classes: new Set(), enrolments: new Set() }
  return row => {
    const found: { person: PersonMapping; values: PersonRow }[] = []
    const faults: Fault[] = row.unreadable ? [row.unreadable] : []
    for (const { person, read } of row.unreadable ? [] : people) {
      const values = read(row.values)
      const parsed = PersonRow.safeParse(values)
      if (parsed.success) found.push({ person, values: parsed.data })
      else faults.push(...faultsOf(parsed.error.issues, values, row.row, row.place, ' field '))
    }
    for (const { values } of found) faults.push(...contradictions(values, loader, made, row.row, row.place))
    if (faults.length > 0) {
      loader.bury('mapping', row.place, row.text, faults, 'The persons of this row are not made by it')
      return 'dead'
    }
    for (const { person, values } of found) addPerson(person, values, loader, made)
    return 'stored'
  }
}

function compiled(person: PersonMapping): (values: Values) => Record<string, unknown> {
  const fields = (['id', 'role', 'grade', 'class', 'label', 'subject', 'school', 'begin', 'end'] as const).map(
    field => [field, compile(person[field])] as const,
  )
  const groups = Object.entries(person.groups).map(([name, template]) => [name, compile(template)] as const)
  return values => {
    const row: Record<string, unknown> = { idType: person.idType }
    for (const [field, text] of fields) row[field] = text(values)
    row.groups = Object.fromEntries(
      groups.flatMap(([name, text]) => (text(values) === undefined ? [] : [[name, text(values)]])),
    )
    return row
  }
}

const pseudonymOf = (values: Pick<PersonRow, 'id' | 'idType'>, loader: Loader): Pseudonym => {
  const { type, value } = identifierOfParticipant(values)
  return loader.intake.pseudonymise(type, value)
}

const describes = ({ role, grade, groups }: PersonRow): string => JSON.stringify([role, gradeOf(grade), groups])

// A person is one role and one grade: the first row says which.
function contradictions(values: PersonRow, loader: Loader, made: Made, index: number, place: string): Fault[] {
  const known = made.persons.get(pseudonymOf(values, loader))
  if (known === undefined || known === describes(values)) return []
  return [
    fault(
      index,
      `${place} field id`,
      'a person whom an earlier row gives another role, grade or group',
      'the same in all rows',
    ),
  ]
}

function addPerson(person: PersonMapping, values: PersonRow, loader: Loader, made: Made): void {
  const { intake, batch } = loader
  const id = pseudonymOf(values, loader)
  const base = { source: batch.source, storedAt: batch.storedAt, status: 'active' as const }
  if (!made.persons.has(id)) {
    made.persons.set(id, describes(values))
    intake.addRoster(batch, {
      type: 'person',
      ...base,
      id,
      role: values.role,
      grade: gradeOf(values.grade),
      groups: values.groups,
    })
    intake.addRoster(batch, { type: 'alias', ...base, id, person: id })
  }
  const group = values.class
  if (group === undefined) return
  addClass(group, person, values, loader, made)
  const { role, school, begin, end = null } = values
  const enrolment = intake.pseudonymise('enrolment', [batch.source, id, group, school, begin].join('|'))
  if (made.enrolments.has(enrolment)) return
  made.enrolments.add(enrolment)
  const isAdviser = role === 'teacher' && person.classType === 'homeroom'
  intake.addRoster(batch, {
    type: 'enrolment',
    ...base,
    id: enrolment,
    person: id,
    class: group,
    school,
    role: isAdviser ? 'adviser' : role,
    begin,
    end,
  })
}

function addClass(id: string, person: PersonMapping, values: PersonRow, loader: Loader, made: Made): void {
  if (made.classes.has(id)) return
  made.classes.add(id)
  const { source, storedAt } = loader.batch
  loader.intake.addRoster(loader.batch, {
    type: 'class',
    source,
    storedAt,
    status: 'active',
    id,
    school: values.school,
    label: values.label ?? id,
    classType: person.classType,
    subjects: values.subject === undefined ? [] : [values.subject],
    grades: values.grade === undefined ? [] : [gradeOf(values.grade)],
  })
}
