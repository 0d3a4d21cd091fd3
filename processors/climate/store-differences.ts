import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { differencesOf, pairsOf, type Ended } from './differences.ts'

/**
 * Differences from and to some windows, of what is stored of them now; other ones that follow from them no more are gone.
 *
 * @param ended all windows that have ended
 * @param of those of them, or former ones, whose figures have changed
 */
export async function storeDifferences(
  warehouse: Warehouse,
  ended: readonly Ended[],
  of: Pick<Ended, 'instrument' | 'window'>,
  computed: string,
): Promise<void> {
  // Of a window that is gone the one after it is compared with the one before.
  const isHere = ended.some(one => isSame(one, of))
  const changed = ended.filter(one => (isHere ? isSame(one, of) : one.instrument === of.instrument))
  const pairs = changed.flatMap(one => pairsOf(one, ended))
  const sides = pairs.flatMap(pair => [
    { instrument: pair.instrument, window: pair.window },
    { instrument: pair.other_instrument, window: pair.other_window },
  ])
  const params = { instruments: sides.map(one => one.instrument), windows: sides.map(one => one.window) }
  const figures = pairs.length === 0 ? [] : rows(Compared, await warehouse.query(COMPARED, params))
  const found = pairs.flatMap(pair => differencesOf(pair, figures))
  if (found.length > 0) {
    const inserted = found.map(row => ({ ...row, computed, deleted: 0 }))
    await warehouse.insert('climate_differences', inserted)
  }
  const neighbours = ended.filter(one => one.instrument === of.instrument).flatMap(one => pairsOf(one, ended))
  await warehouse.command(DROP, {
    ...of,
    computed,
    neighbours: neighbours.flatMap(({ kind, window, other_window }) =>
      kind === 'window' ? [`${window} ${other_window}`] : [],
    ),
  })
}

const isSame = (one: Pick<Ended, 'instrument' | 'window'>, other: Pick<Ended, 'instrument' | 'window'>): boolean =>
  one.instrument === other.instrument && one.window === other.window

const Compared = z.object({
  instrument: z.string(),
  window: z.string(),
  subject: z.string(),
  unit_type: z.string(),
  unit_id: z.string(),
  value: z.number(),
  se: z.number(),
  n: z.int(),
  limited: z.boolean(),
  made_of: z.string(),
  ends: z.string(),
})

const COMPARED = sql(new URL('./compared.sql', import.meta.url))
const DROP = `insert into climate_differences
  select * replace ({computed:UInt64} as computed, 1 as deleted) from climate_differences as old final
  where old.computed < {computed:UInt64} and (
    (instrument = {instrument:String} and window = {window:String}) or (other_instrument = {instrument:String} and other_window = {window:String})
    or (kind = 'window' and instrument = {instrument:String} and concat(window, ' ', other_window) not in {neighbours:Array(String)}))`
