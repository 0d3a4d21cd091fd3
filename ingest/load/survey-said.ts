import { Role, type Pseudonym } from '../../schemas/record.ts'
import type { Instrument } from '../../schemas/survey.ts'
import { fault, type Fault } from '../faults.ts'
import { identifierOfParticipant } from '../map/from-interaction.ts'
import type { Loader } from './loader.ts'
import { gradeOf } from './oneroster-rows.ts'
import { templateColumns, type SurveyBlock } from './survey-mapping.ts'
import { surveyTimes } from './survey-time.ts'
import type { TableRow } from './table.ts'
import { columnsIn, compile, type Template, type Values } from './template.ts'
import { zonedIn } from './zoned.ts'

/** What a row says of a response beside its answers. */
export type Said = {
  /** The tool's own id. */
  response: string | undefined
  /** null: anonymous. */
  respondent: Pseudonym | null
  student: Pseudonym | null
  window: string
  day: string
  ms: number | null
  role: Role
  school: string
  grade: string
  groups: Record<string, string>
  language: string
  deleted: boolean
  /** Fields that the mapping names, as they stand there. */
  named: Values
}

export type SaidReader = (row: TableRow) => { said: Said; faults: Fault[] }

const LIMITS = { response: 512, school: 256, grade: 64, language: 64 } as const

/** Reads everything of a row but its answers; with faults, what was said cannot be used. */
export function saidReader(block: SurveyBlock, instrument: Instrument, loader: Loader): SaidReader {
  const names = templateColumns(block)
  const person = personReader(block, loader)
  const when = whenReader(block, instrument, loader)
  const texts = textReader(block)
  const deleted = compile(block.deleted)
  return row => {
    const faults: Fault[] = []
    const refuse: Refuse = (field, template, got, expected) =>
      faults.push(fault(row.row, `${row.place} field ${columnsIn(template)[0] ?? field}`, got, expected))
    const { respondent, student } = person(row.values, refuse)
    const { text, role, groups } = texts(row.values, refuse)
    const said: Said = {
      response: text.response,
      respondent,
      student,
      ...when(row.values, refuse),
      role: role ?? instrument.informant,
      school: text.school ?? '',
      grade: gradeIn(text.grade),
      groups,
      language: text.language ?? '',
      deleted: !/^(?:|false|no|0)$/i.test(deleted(row.values) ?? ''),
      named: Object.fromEntries(names.flatMap(name => (row.values[name] ? [[name, row.values[name]]] : []))),
    }
    return { said: respondent === null ? anonymous(said) : said, faults }
  }
}

type Refuse = (field: string, template: Template | undefined, got: string, expected: string) => void

/** Whatever could link it to somebody goes: who, the time of day, groups, language. */
const anonymous = (said: Said): Said => ({ ...said, student: null, groups: {}, language: '' })

function personReader(block: SurveyBlock, loader: Loader) {
  const read = (field: 'respondent' | 'student') => {
    const mapped = block[field]
    const id = compile(mapped?.id)
    return (values: Values, refuse: Refuse): Pseudonym | null => {
      const said = id(values)?.trim()
      // What form tools write where nobody was signed in.
      if (mapped === undefined || said === undefined || said === '' || /^anonymous$/i.test(said)) return null
      if (said.length > 512) refuse(field, mapped.id, `a string of ${said.length} characters`, 'at most 512 characters')
      const { type, value } = identifierOfParticipant({ id: said, idType: mapped.idType })
      return loader.intake.pseudonymise(type, value)
    }
  }
  const [respondent, student] = [read('respondent'), read('student')]
  return (values: Values, refuse: Refuse) => ({
    respondent: respondent(values, refuse),
    student: student(values, refuse),
  })
}

function textReader(block: SurveyBlock) {
  const fields = (['response', 'school', 'grade', 'language'] as const).map(
    field => [field, compile(block[field])] as const,
  )
  const role = compile(block.role)
  const groups = Object.entries(block.groups).map(([name, template]) => [name, template, compile(template)] as const)
  return (values: Values, refuse: Refuse) => {
    const text: Partial<Record<(typeof fields)[number][0], string>> = {}
    for (const [field, read] of fields) {
      const said = read(values)
      if (said === undefined) continue
      if (said.length > LIMITS[field])
        refuse(field, block[field], `a string of ${said.length} characters`, `at most ${LIMITS[field]} characters`)
      text[field] = said
    }
    const saidRole = role(values)
    const known = Role.safeParse(saidRole?.toLowerCase())
    if (saidRole !== undefined && !known.success)
      refuse('role', block.role, `a string of ${saidRole.length} characters`, `one of ${Role.options.join(', ')}`)
    const found: Record<string, string> = {}
    for (const [name, template, read] of groups) {
      const said = read(values)
      if (said === undefined) continue
      if (said.length > 64) refuse(name, template, `a string of ${said.length} characters`, 'at most 64 characters')
      found[name] = said
    }
    return { text, role: saidRole === undefined ? undefined : known.data, groups: found }
  }
}

/** The day, the instant, and the window: the one that is named, or the one in which the day lies. */
function whenReader(block: SurveyBlock, { windows }: Instrument, loader: Loader) {
  const { timeZone } = loader.intake.config
  const timeIn = surveyTimes(timeZone, zonedIn(timeZone), block.dates)
  const answered = compile(block.answered)
  const named = compile(block.window)
  const ids = windows.map(({ id }) => id).join(', ')
  const spans = windows.map(({ id, begin, end }) => `${id} [${begin}, ${end})`).join(', ')
  return (values: Values, refuse: Refuse): Pick<Said, 'window' | 'day' | 'ms'> => {
    const text = answered(values)
    const time = text === undefined ? null : timeIn(text)
    if (text !== undefined && time === null)
      refuse('answered', block.answered, `a string of ${text.length} characters`, `a date and time, ${block.dates}`)
    const name = named(values)
    const window =
      block.window === undefined
        ? windows.find(({ begin, end }) => time !== null && begin <= time.day && time.day < end)
        : windows.find(({ id }) => id === name)
    if (window !== undefined) return { window: window.id, day: time?.day ?? window.begin, ms: time?.ms ?? null }
    if (block.window !== undefined)
      refuse('window', block.window, name === undefined ? 'missing' : 'another word', `one of ${ids}`)
    else if (text === undefined) refuse('answered', block.answered, 'missing', 'a date and time')
    else if (time !== null) refuse('answered', block.answered, time.day, `a day in a window of the survey: ${spans}`)
    return { window: '', day: '', ms: null }
  }
}

/** `Grade 5`, `5th`, `5th grade` and `5` are the same. */
function gradeIn(text: string | undefined): string {
  const number = /^(?:grade\s*)?(\d{1,2})(?:st|nd|rd|th)?(?:\s*grade)?$/i.exec(text?.trim() ?? '')?.[1]
  return gradeOf(number ?? text)
}
