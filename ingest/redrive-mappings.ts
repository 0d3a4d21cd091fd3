import { aloneAt, fileAt } from './load/file-set.ts'
import { readMapping } from './load/mapped.ts'
import { readSurveyPlan } from './load/survey.ts'
import type { DoorOptions } from './redrive-doors.ts'

/**
 * Mapping files, of rows and of surveys.
 * @throws HomeroomError FILE_INVALID naming what is wrong with one, or which instrument is not there
 */
export async function readMappings(
  paths: readonly string[],
): Promise<Required<Pick<DoorOptions, 'mappings' | 'surveys'>>> {
  const found: Required<Pick<DoorOptions, 'mappings' | 'surveys'>> = { mappings: [], surveys: [] }
  for (const path of paths) {
    const file = await fileAt(path)
    const plan = await readSurveyPlan(file, await aloneAt(path))
    if (plan === null) found.mappings = [...found.mappings, await readMapping(file)]
    else found.surveys = [...found.surveys, plan]
  }
  return found
}
