import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instrument } from '../../schemas/survey.ts'
import type { Informant } from './climate.ts'
import { CsvFile } from './csv-file.ts'
import { emailOf, staffName, studentNumber, teacherUsername, type District } from './district.ts'
import { COMMENTS } from './phrases.ts'
import { demoInstruments, surveyResponses, type SurveyResponse } from './surveys.ts'

/** Whom an export names: students and staff are signed in; of families only school and grade are asked. */
const ABOUT: Record<Informant, { columns: string[]; mapping: object }> = {
  student: {
    columns: ['Student Number', 'Language'],
    mapping: { respondent: { id: '{Student Number}', idType: 'identifier' }, language: '{Language}' },
  },
  family: { columns: ['School', 'Grade'], mapping: { school: '{School}', grade: '{Grade}' } },
  staff: {
    columns: ['Email', 'Language'],
    mapping: { respondent: { id: '{Email}', idType: 'email' }, language: '{Language}' },
  },
}

/**
 * Surveys of students, families and staff as a form tool exports them, a file each, with their instruments and a mapping: what
 * `homeroom load FOLDER` takes. Answers are labels in the language of who answers.
 */
export async function writeSurveys(plan: District, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const instruments = demoInstruments()
  await writeFile(join(folder, 'mapping.json'), `${JSON.stringify(mappingOf(instruments), null, 2)}\n`)
  const files: CsvFile[] = []
  for (const instrument of instruments) {
    const name = instrument.instrument
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(instrument, null, 2)}\n`)
    const columns = ['Response', 'Answered', ...ABOUT[instrument.informant].columns, ...instrument.items.map(({ id }) => id)] // prettier-ignore
    files.push(await CsvFile.create(join(folder, `${name}.csv`), columns.join(',')))
  }
  for (const response of surveyResponses(plan)) {
    const file = files[response.survey]!
    file.row(...rowOf(plan, instruments[response.survey]!, response))
    await file.flush()
  }
  for (const file of files) await file.close()
}

const mappingOf = (instruments: readonly Instrument[]): object => ({
  source: 'forms',
  about: 'Made up. Surveys of students, families and staff of the synthetic district, in autumn and in spring.',
  instruments: instruments.map(({ instrument }) => `${instrument}.json`),
  surveys: instruments.map(({ instrument, informant }) => ({
    layout: 'wide',
    files: [`${instrument}.csv`],
    instrument,
    response: '{Response}',
    answered: '{Answered}',
    ...ABOUT[informant].mapping,
  })),
})

function rowOf(plan: District, instrument: Instrument, response: SurveyResponse): string[] {
  const { id, day, minute, answers } = response
  const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`
  const labels = answers.map((answer, item) => labelOf(instrument, item, answer, response.language))
  return [id, `${plan.year.dates[day]!} ${time}`, ...aboutOf(plan, response), ...labels]
}

function aboutOf(plan: District, { informant, who, school, language }: SurveyResponse): string[] {
  if (informant === 'student') return [studentNumber(who), language]
  if (informant === 'staff') return [emailOf(teacherUsername(staffName(plan.seed, who), who)), language]
  return [plan.schools[school]!.id, String(plan.students.grade[who]!).padStart(2, '0')]
}

function labelOf(
  { items, scales }: Instrument,
  item: number,
  answer: SurveyResponse['answers'][number],
  language: 'en' | 'es',
): string {
  if (answer === null) return ''
  const { scale } = items[item]!
  if (scale === undefined) return COMMENTS[Number(answer)]![language]
  const { min, labels, declined } = scales[scale]!
  return answer === 'declined' ? declined[language]![0]! : labels[language]![answer - min]!
}
