import { hash } from 'node:crypto'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import type { OwnScales } from './own-scales.ts'

const NAME = 'test_scales'
const VERSION = 1

/** Are the district's own scales others than those that growth was last computed by? */
export async function scalesChanged(warehouse: Warehouse, own: OwnScales): Promise<boolean> {
  const [stored] = await warehouse.query<{ inputs: string }>(
    `select toString(inputs) as inputs from growth_models final where indicator = {name:String}`,
    { name: NAME },
  )
  return (stored?.inputs ?? hashOf({})) !== hashOf(own)
}

/** Growth has been computed by these scales. */
export async function keepScales(warehouse: Warehouse, own: OwnScales, computed: string): Promise<void> {
  await warehouse.insert('growth_models', [
    {
      indicator: NAME,
      test: '',
      subject: '',
      window: '',
      grade: '',
      version: VERSION,
      inputs: hashOf(own),
      n: 0,
      as_of: new Date(0).toISOString(),
      model: JSON.stringify(own),
      status: 'ok',
      reason: '',
      computed,
      deleted: 0,
    },
  ])
}

/** UInt64, decimal; in whatever order the tests are named. */
function hashOf(own: OwnScales): string {
  const sorted = Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return String(BigInt(`0x${hash('sha256', JSON.stringify(sorted), 'hex').slice(0, 16)}`))
}
