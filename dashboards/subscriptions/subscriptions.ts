import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Secrets } from '../../infra/secrets.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { hashOf, utc } from '../sign-in/sign-in.ts'

/**
 * What a reader wants to be told by e-mail: the monthly report of a school or the district, or that a published figure crosses a
 * threshold. Of a report indicator and direction are '', threshold and least_n 0.
 */
export type Subscription = z.infer<typeof SubscriptionRow>

/** So many one account may have. */
export const MOST_SUBSCRIPTIONS = 50
/** Fewest students on whom a figure must rest that is told. */
export const LEAST_N = 10

/** Those in force of one account, the oldest first. */
export async function subscriptionsOf(warehouse: Warehouse, account: string): Promise<Subscription[]> {
  return rows(
    SubscriptionRow,
    await warehouse.query(`${SELECT} and account_id = {account:String} ${ORDER}`, { account }),
  )
}

/** All that are in force. */
export async function allSubscriptions(warehouse: Warehouse): Promise<Subscription[]> {
  return rows(SubscriptionRow, await warehouse.query(`${SELECT} ${ORDER}`))
}

/** The one that this link ends, in force or not; null: none. */
export async function subscriptionByLink(warehouse: Warehouse, secret: string): Promise<Subscription | null> {
  const found = await warehouse.query(`${COLUMNS} where hash = {hash:String}`, { hash: hashOf(secret) })
  return rows(SubscriptionRow, found)[0] ?? null
}

export type Wish = Pick<Subscription, 'account' | 'kind' | 'unit_type' | 'unit_id' | 'indicator' | 'direction' | 'threshold' | 'least_n' | 'after'> // prettier-ignore

export async function subscribe(
  warehouse: Warehouse,
  secrets: Pick<Secrets, 'masterSecret'>,
  wish: Wish,
  now: Date,
): Promise<string> {
  const id = randomUUID()
  await store(warehouse, { ...wish, id, made_ms: now.getTime(), is_ended: false, hash: hashOf(endSecret(secrets, id)) })
  return id
}

/** Safe to repeat. */
export async function endSubscription(warehouse: Warehouse, subscription: Subscription): Promise<void> {
  await store(warehouse, { ...subscription, is_ended: true })
}

/** The secret of the link that ends a subscription: in every mail the same, and stored nowhere; only its SHA-256 is. */
export const endSecret = ({ masterSecret }: Pick<Secrets, 'masterSecret'>, id: string): string =>
  createHmac('sha256', masterSecret).update(`v1|end-subscription|${id}`).digest('base64url')

async function store(warehouse: Warehouse, { id, account, made_ms, is_ended, ...rest }: Subscription): Promise<void> {
  const row = { ...rest, subscription_id: id, account_id: account, made_at: utc(made_ms), ended: is_ended ? 1 : 0 }
  await warehouse.insert(`${warehouse.identity}.subscriptions`, [row])
}

const COLUMNS = `select toString(subscription_id) as id, account_id as account, toString(kind) as kind, toString(unit_type) as unit_type, unit_id,
    toString(indicator) as indicator, toString(direction) as direction, threshold, least_n, toFloat64(toUnixTimestamp64Milli(made_at)) as made_ms,
    after, hash, toBool(ended) as is_ended
  from {identity:Identifier}.subscriptions final`
const SELECT = `${COLUMNS} where ended = 0`
const ORDER = 'order by made_at, subscription_id'
const SubscriptionRow = z.object({
  id: z.guid(),
  account: z.string(),
  kind: z.enum(['report', 'threshold']),
  unit_type: z.enum(['school', 'district']),
  unit_id: z.string(),
  indicator: z.string(),
  direction: z.enum(['below', 'above', '']),
  threshold: z.number(),
  least_n: z.int(),
  made_ms: z.number(),
  after: z.string(),
  hash: z.string(),
  is_ended: z.boolean(),
})
