import { join } from 'node:path'
import type { District } from './district.ts'
import { writeLearnerPlans } from './write-learner-plans.ts'
import { writeMarks, writeReferrals } from './write-school-records.ts'
import { writeSurveys } from './write-surveys.ts'

const FOLDERS = {
  plans: writeLearnerPlans,
  behaviour: writeReferrals,
  grades: writeMarks,
  surveys: writeSurveys,
} as const

/**
 * Write what is loaded beside roster, scores and the events that are sent: plans, referrals, marks and surveys, a folder
 * each.
 * @returns the folders, as `homeroom load` takes them
 */
export async function writeFiles(plan: District, folder: string): Promise<string[]> {
  const places: string[] = []
  for (const [name, write] of Object.entries(FOLDERS)) {
    const place = join(folder, name)
    await write(plan, place)
    places.push(place)
  }
  return places
}
