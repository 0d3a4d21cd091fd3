import { hash } from 'node:crypto'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { fitTrajectories, type GrowthFit } from './growth-fit.ts'
import type { Measure } from './growth-tables.ts'
import type { TestScale } from './scales.ts'
import type { StoredHistories } from './stored-histories.ts'

/** Grows with every change of how the model is fitted: fits of older versions are made again. */
const VERSION = 1

/**
 * The model of one test and subject: the one in `growth_models` where it was fitted to the same sums, else a new one. It is
 * stored again either way, so that what is not stored any more is known to be gone.
 *
 * A fit follows from the scores that there are, not from when they came: a replay of the log gives the same one.
 */
export async function fitOf(
  warehouse: Warehouse,
  measure: Measure,
  histories: StoredHistories,
  scale: TestScale | null,
  computed: string,
): Promise<GrowthFit> {
  const inputs = hashOf(histories, scale)
  const [kept] = await warehouse.query<{ model: string }>(
    `select model from growth_models final
     where indicator = 'growth_trajectory' and test = {test:String} and subject = {subject:String} and window = '' and grade = ''
       and version = {version:UInt16} and inputs = {inputs:UInt64}`,
    { ...measure, version: VERSION, inputs },
  )
  const model = kept?.model ?? JSON.stringify(fitTrajectories(histories, scale, 3))
  // Read back also when it is new: what is computed with it is the same now and later.
  const fit = JSON.parse(model) as GrowthFit
  await warehouse.insert('growth_models', [
    {
      indicator: 'growth_trajectory',
      ...measure,
      window: '',
      grade: '',
      version: VERSION,
      inputs,
      n: histories.students.length,
      as_of: new Date(histories.newest_ms.reduce((a, b) => Math.max(a, b), 0)).toISOString(),
      model,
      status: fit.status,
      reason: fit.reason,
      computed,
      deleted: 0,
    },
  ])
  return fit
}

/** Of everything that the fit is made of; students come in the order of their pseudonyms. UInt64, decimal. */
function hashOf(histories: StoredHistories, scale: TestScale | null): string {
  const { sums, first, last, school, origin } = histories
  const { moments, centre } = sums
  const numbers = [moments, first, last].map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  const names = Buffer.from(JSON.stringify([school, origin, centre, scale]))
  return String(BigInt(`0x${hash('sha256', Buffer.concat([...numbers, names]), 'hex').slice(0, 16)}`))
}
