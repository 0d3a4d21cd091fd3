import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { utc } from '../sign-in/sign-in.ts'

/** What came of one mail; `failed`: it is tried again. */
export type Sending = z.infer<typeof SendingRow>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Afterwards it is given up: about two days. */
const MOST_TRIES = 8

/** By subscription and occasion, as `sendingKey` has it. */
export async function sendings(warehouse: Warehouse, ids: readonly string[]): Promise<Map<string, Sending>> {
  if (ids.length === 0) return new Map()
  const found = rows(SendingRow, await warehouse.query(`${SELECT} where subscription_id in {ids:Array(UUID)}`, { ids }))
  return new Map(found.map(sending => [sendingKey(sending), sending]))
}

export const sendingKey = ({ subscription, occasion }: Pick<Sending, 'subscription' | 'occasion'>): string =>
  `${subscription} ${occasion}`

/** How many mails wait to be tried again, and how many were given up within a month. */
export async function mailsNotTaken(warehouse: Warehouse): Promise<{ waiting: number; given_up: number }> {
  return rows(NotTaken, await warehouse.query(NOT_TAKEN))[0]!
}

/** Is it to be tried now? After a failure: ten minutes later, then twice as long each time, a day at most. */
export function isDue(before: Sending | undefined, now: Date): boolean {
  if (before === undefined) return true
  if (before.state !== 'failed') return false
  const pause_ms = Math.min(10 * MINUTE_MS * 2 ** (before.tries - 1), DAY_MS)
  return now.getTime() - before.tried_ms >= pause_ms
}

/** @param reason code of the error; '' if it was taken */
export async function rememberSending(
  warehouse: Warehouse,
  of: Pick<Sending, 'subscription' | 'occasion'>,
  { before, reason, now }: { before: Sending | undefined; reason: string; now: Date },
): Promise<void> {
  const tries = (before?.tries ?? 0) + 1
  const state = reason === '' ? 'sent' : tries >= MOST_TRIES ? 'given-up' : 'failed'
  const row = {
    subscription_id: of.subscription,
    occasion: of.occasion,
    state,
    tries,
    tried_at: utc(now.getTime()),
    reason,
  }
  await warehouse.insert(`${warehouse.identity}.sendings`, [row])
}

const SELECT = `select toString(subscription_id) as subscription, occasion, toString(state) as state, tries,
    toFloat64(toUnixTimestamp64Milli(tried_at)) as tried_ms
  from {identity:Identifier}.sendings final`
const NOT_TAKEN = `select toUInt32(countIf(state = 'failed')) as waiting, toUInt32(countIf(state = 'given-up' and tried_at > now() - interval 30 day)) as given_up
  from {identity:Identifier}.sendings final
  where subscription_id in (select subscription_id from {identity:Identifier}.subscriptions final where ended = 0)`
const SendingRow = z.object({
  subscription: z.guid(),
  occasion: z.string(),
  state: z.enum(['sent', 'failed', 'given-up']),
  tries: z.int(),
  tried_ms: z.number(),
})
const NotTaken = z.object({ waiting: z.int(), given_up: z.int() })
