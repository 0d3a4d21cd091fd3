import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCsv } from './csv-file.ts'
import { studentId, type District } from './district.ts'
import { NOISE_SD, planGrowth, schoolYearOf, sittings, WINDOWS } from './scores.ts'

const MAPPING = {
  source: 'benchmark',
  about:
    'Scores of the synthetic district, on a vertical scale; planted growth is straight lines, see infra/demo/README.md.',
  scores: [
    {
      files: ['scores.csv'],
      student: { id: '{student}' },
      test: 'benchmark',
      subject: '{subject}',
      window: '{year} {window}',
      grade: '{grade}',
      date: '{date}',
      score: '{score}',
      csem: '{csem}',
    },
  ],
}

/** Three years of assessment scores with their mapping file: what `homeroom load FOLDER` takes. */
export async function writeScores(plan: District, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(MAPPING, null, 2) + '\n')
  await writeCsv(join(folder, 'scores.csv'), 'student,subject,year,window,grade,date,score,csem', rows(plan))
}

function* rows(plan: District): Iterable<(string | number)[]> {
  for (const { student, occasion, date, grade, score } of sittings(plan, planGrowth(plan)))
    yield [studentId(student), 'Mathematics', schoolYearOf(occasion), WINDOWS[occasion % WINDOWS.length]!, grade, date, score, NOISE_SD] // prettier-ignore
}
