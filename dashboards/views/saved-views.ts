import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { utc } from '../sign-in/sign-in.ts'

/** A page as its reader wants it again: a name, and the address with its query. */
export type SavedView = z.infer<typeof ViewRow>

/** So many views one account may have. */
export const MOST_VIEWS = 200

/** Those of one account, by name. */
export async function savedViews(warehouse: Warehouse, account: string): Promise<SavedView[]> {
  return rows(ViewRow, await warehouse.query(VIEWS, { account }))
}

/** Safe to repeat: a view has one row, by its id. */
export async function saveView(
  warehouse: Warehouse,
  { account, id, name, address, at }: SavedView & { account: string; at: Date },
): Promise<void> {
  await store(warehouse, { account_id: account, view_id: id, name, address, made_at: utc(at.getTime()), deleted: 0 })
}

/** Nothing but the id stays. */
export async function deleteView(warehouse: Warehouse, account: string, id: string, at: Date): Promise<void> {
  const nothing = { name: '', address: '', made_at: utc(at.getTime()) }
  await store(warehouse, { account_id: account, view_id: id, ...nothing, deleted: 1 })
}

const store = (warehouse: Warehouse, row: object): Promise<void> =>
  warehouse.insert(`${warehouse.identity}.saved_views`, [row])

const VIEWS = `select toString(view_id) as id, name, address from {identity:Identifier}.saved_views final
  where account_id = {account:String} and deleted = 0 order by lowerUTF8(name), view_id`
const ViewRow = z.object({ id: z.guid(), name: z.string(), address: z.string() })
