import { codeOf, type Descriptors } from './edfi-descriptors.ts'
import { each, STUDENT_ID } from './edfi-events.ts'
import { listed, rowsOf, type EdFiSet } from './edfi-objects.ts'
import { bad } from './edfi-rows.ts'
import type { Loader, RowOutcome } from './loader.ts'
import { scoreReader } from './mapped-scores.ts'
import { gradeOf } from './oneroster-rows.ts'
import { ScoreMapping } from './score-mapping.ts'
import type { TableRow } from './table.ts'

const ROW = {
  files: ['*'],
  test: '{#test}',
  subject: '{#subject}',
  window: '{#window}',
  date: '{#date}',
  grade: '{#grade}',
  score: '{#score}',
  level: '{#level}',
  school: '{#school}',
}

/** What a mapping file would say of them (`score-mapping.ts`); `#` marks what is worked out below. */
const ASSESSMENT = ScoreMapping.parse({
  ...ROW,
  student: { id: '{studentReference.studentUniqueId}', idType: STUDENT_ID },
  csem: '{#csem}',
  percentile: '{#percentile}',
  naturalKey: [
    'studentAssessment',
    '{assessmentReference.namespace}',
    '{assessmentReference.assessmentIdentifier}',
    '{studentAssessmentIdentifier}',
    '{studentReference.studentUniqueId}',
  ],
})
/** A level alone is a sitting too. */
const LEVEL_ONLY = ScoreMapping.parse({ ...ASSESSMENT, score: undefined })

const GRADE = ScoreMapping.parse({
  ...ROW,
  kind: 'grade',
  student: { id: '{studentSectionAssociationReference.studentUniqueId}', idType: STUDENT_ID },
  naturalKey: [
    'grade',
    '{#test}',
    '{#section}',
    '{#window}',
    '{#begin}',
    '{studentSectionAssociationReference.studentUniqueId}',
  ],
})
const LETTER_ONLY = ScoreMapping.parse({ ...GRADE, score: undefined })

/** Student assessments and grades of classes → scores. */
export async function loadEdFiScores(set: EdFiSet, descriptors: Descriptors, loader: Loader): Promise<void> {
  const assessments = await assessmentsIn(set)
  const [scored, levelled] = [scoreReader(ASSESSMENT, loader, 'edfi'), scoreReader(LEVEL_ONLY, loader, 'edfi')]
  await each(set, 'assessments', loader, row => onlyRead(row, loader))
  await each(set, 'studentAssessments', loader, row => {
    const made = row.unreadable ? row : assessmentOf(row, assessments, descriptors)
    return made.values['#score'] === undefined ? levelled(made) : scored(made)
  })
  const periods = await periodsIn(set)
  const [numbered, lettered] = [scoreReader(GRADE, loader, 'edfi'), scoreReader(LETTER_ONLY, loader, 'edfi')]
  await each(set, 'gradingPeriods', loader, row => onlyRead(row, loader))
  await each(set, 'grades', loader, row => {
    const made = row.unreadable ? row : gradeRow(row, periods)
    return made.values['#score'] === undefined ? lettered(made) : numbered(made)
  })
}

/** What scores refer to, and is stored nowhere by itself. */
const onlyRead = (row: TableRow, loader: Loader): RowOutcome =>
  row.unreadable ? bad(row, loader, [row.unreadable], 'Scores that refer to it lack what it says') : 'stored'

type Assessment = { test: string; subject: string }
const assessmentKey = (values: Record<string, string>, at = ''): string =>
  `${values[`${at}namespace`]}|${values[`${at}assessmentIdentifier`]}`

/** One scale is one test: the family, where the assessments say it, else each for itself. */
async function assessmentsIn(set: EdFiSet): Promise<Map<string, Assessment>> {
  const found = new Map<string, Assessment>()
  for await (const { values } of rowsOf(set, 'assessments')) {
    const test = values.assessmentFamily ?? values.assessmentIdentifier ?? ''
    const [subject] = listed(values, 'academicSubjects', 'academicSubjectDescriptor').map(codeOf)
    found.set(assessmentKey(values), { test, subject: subject ?? test })
  }
  return found
}

function assessmentOf(row: TableRow, assessments: ReadonlyMap<string, Assessment>, descriptors: Descriptors): TableRow {
  const { values } = row
  const id = values['assessmentReference.assessmentIdentifier']
  const stated = descriptors.meaning('AssessmentIdentifier', id)?.split('|')
  const said = assessments.get(assessmentKey(values, 'assessmentReference.'))
  put(values, '#test', stated?.[0] ?? said?.test ?? id)
  put(values, '#subject', stated?.[1] ?? said?.subject ?? id)
  // The day as it is written there: an hour and an offset could only move it to another.
  put(values, '#date', values.administrationDate?.slice(0, 10))
  const year = values['schoolYearTypeReference.schoolYear'] ?? values.administrationDate?.slice(0, 4)
  const period = values.assessmentPeriodDescriptor ?? values['period.assessmentPeriodDescriptor']
  put(values, '#window', [year, period && codeOf(period)].filter(Boolean).join(' '))
  const grade = values.whenAssessedGradeLevelDescriptor
  put(values, '#grade', grade && gradeOf(descriptors.meaning('GradeLevel', grade) ?? codeOf(grade)))
  put(values, '#school', values['reportedSchoolReference.schoolId'])
  for (let i = 0; values[`scoreResults.${i}.result`] !== undefined; i++) {
    const method = values[`scoreResults.${i}.assessmentReportingMethodDescriptor`]
    const meaning = descriptors.meaning('AssessmentReportingMethod', method)
    if (meaning !== undefined && meaning !== 'none') values[`#${meaning}`] ??= values[`scoreResults.${i}.result`]!
  }
  const [level] = listed(values, 'performanceLevels', 'performanceLevelDescriptor').map(codeOf)
  if (level !== undefined) values['#level'] = level
  return row
}

const PERIOD = ['schoolId', 'schoolYear', 'gradingPeriodDescriptor', 'gradingPeriodName', 'periodSequence'] as const

/** When grading periods end: the date of grades that have none of their own. */
async function periodsIn(set: EdFiSet): Promise<Map<string, string>> {
  const ends = new Map<string, string>()
  for await (const { values } of rowsOf(set, 'gradingPeriods')) {
    const flatter = {
      ...values,
      schoolId: values['schoolReference.schoolId'],
      schoolYear: values['schoolYearTypeReference.schoolYear'],
    }
    if (values.endDate !== undefined) for (const key of periodKeys(flatter, '')) ends.set(key, values.endDate)
  }
  return ends
}

/** Data Standard 4 names a period by its sequence, 5 by its name: by what both sides have. */
function periodKeys(values: Record<string, string | undefined>, at: string): string[] {
  const [school, year, kind, name, sequence] = PERIOD.map(part => values[`${at}${part}`])
  return [name, sequence].flatMap((last, i) => (last === undefined ? [] : [[i, school, year, kind, last].join('|')]))
}

function gradeRow(row: TableRow, periods: ReadonlyMap<string, string>): TableRow {
  const { values } = row
  const reference = 'studentSectionAssociationReference.'
  const period = 'gradingPeriodReference.'
  const end = periodKeys(values, period)
    .map(key => periods.get(key))
    .find(date => date !== undefined)
  put(values, '#date', values.gradeEarnedDate ?? values.currentGradeAsOfDate ?? end)
  put(values, '#test', values.gradeTypeDescriptor && `grade ${codeOf(values.gradeTypeDescriptor)}`)
  put(values, '#subject', values[`${reference}localCourseCode`])
  put(
    values,
    '#section',
    ['schoolId', 'schoolYear', 'sessionName', 'localCourseCode', 'sectionIdentifier']
      .map(part => values[reference + part] ?? '')
      .join('|'),
  )
  put(values, '#begin', values[`${reference}beginDate`])
  const name = values[`${period}gradingPeriodName`] ?? values[`${period}periodSequence`]
  const kind = values[`${period}gradingPeriodDescriptor`]
  put(values, '#window', [values[`${period}schoolYear`], name ?? (kind && codeOf(kind))].filter(Boolean).join(' '))
  put(values, '#school', values[`${reference}schoolId`])
  put(values, '#score', values.numericGradeEarned)
  put(values, '#level', values.letterGradeEarned)
  return row
}

function put(values: Record<string, string>, name: string, value: string | undefined): void {
  if (value) values[name] = value
}
