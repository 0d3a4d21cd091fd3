import { basename } from 'node:path'
import { HomeroomError } from '../infra/errors.ts'
import type { HeldIntake } from './held-intake.ts'
import { matches } from './load/mapped.ts'
import { Loader } from './load/loader.ts'
import type { PlannedBlock, SurveyPlan } from './load/survey.ts'
import { loadWideRow } from './load/survey-wide.ts'
import type { Letter, Tried } from './redrive-doors.ts'
import { inMemory, rowPlace } from './redrive-places.ts'

/** The block that reads the file of a letter; null: no mapping file given is about it. */
export function surveyBlock({ source, place }: Letter, surveys: readonly SurveyPlan[]): PlannedBlock | null {
  const file = rowPlace(place)?.file
  if (file === undefined) return null
  for (const { mapping, planned } of surveys) {
    if (mapping.source !== source && surveys.length > 1) continue
    const found = planned.find(({ block }) => block.files.some(pattern => matches(basename(pattern), file)))
    if (found !== undefined) return found
  }
  return null
}

/** Read a response again, of which some answers, or everything, could not be used. */
export async function surveyAgain(
  letter: Letter,
  text: string,
  intake: HeldIntake,
  { block, instrument }: PlannedBlock,
): Promise<Tried> {
  const { file, label, row } = rowPlace(letter.place)!
  if (block.layout === 'long')
    return { impossible: 'its response is put together from all of its rows; load its file again' }
  // Later than what the load itself has stored of the response, earlier than any load since.
  intake.stampWith(Date.parse(letter.storedAt) + 1)
  const loader = new Loader(intake, letter.source, () => undefined)
  const survey = {
    loader,
    block,
    instrument,
    windows: new Set<string>(),
    added: new Map<string, string>(),
    lost: { rows: 0 },
  }
  try {
    const why = await loadWideRow(survey, inMemory(file, label, text), row, IS_PARTLY.test(letter.reason))
    if (why !== null) return { impossible: why }
  } catch (error) {
    if (!(error instanceof HomeroomError) || error.code !== 'FILE_INVALID') throw error
    return { impossible: error.message }
  }
  await loader.flush()
  return 'given'
}

/** The other answers of the response are stored. */
const IS_PARTLY = /These answers count as not readable/
