import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { forgetIdentifiers } from './extract-identifiers.ts'
import { extractDatabase } from './extract.ts'
import { listStudies, storeStudy, type Study } from './study.ts'

/**
 * End a study: its extract is deleted, with all that leads from people to it. What was recorded of it stays, with the manifest.
 * Safe to repeat.
 */
export async function endStudy(warehouse: Warehouse, study: Study, now: Date): Promise<Study> {
  await warehouse.command('drop database if exists {extract:Identifier} sync', {
    extract: extractDatabase(warehouse, study.study),
  })
  await forgetIdentifiers(warehouse, study.study)
  const ended: Study = { ...study, deletedAt: study.deletedAt ?? now.toISOString() }
  // Last: a run that was cut off is repeated by the next.
  await storeStudy(warehouse, ended)
  return ended
}

/** Studies whose last day is over and that have not ended yet. @param today in the district's time zone */
export async function overdueStudies(warehouse: Warehouse, today: string): Promise<Study[]> {
  return (await listStudies(warehouse)).filter(({ deletedAt, endsOn }) => deletedAt === null && endsOn < today)
}
