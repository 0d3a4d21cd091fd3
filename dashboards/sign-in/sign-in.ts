import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Account } from '../../infra/accounts.ts'
import { HomeroomError } from '../../infra/errors.ts'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'

const LINK_MINUTES = 60

/**
 * Make a link that signs a person in once.
 * @param validity `minutes` from `now` (a clock, for tests)
 * @returns its path, `/sign-in/<43 characters>`; the secret in it is stored nowhere, only its SHA-256
 * @throws HomeroomError SCOPE_DENIED for the account of a machine
 */
export async function createSignInLink(
  warehouse: Warehouse,
  account: Pick<Account, 'id' | 'kind'>,
  validity: { minutes?: number; now?: () => Date } = {},
): Promise<string> {
  if (account.kind !== 'person') {
    throw new HomeroomError(
      'SCOPE_DENIED',
      `account ${account.id} belongs to a machine; expected a person. No link was made`,
    )
  }
  const { minutes = LINK_MINUTES, now = () => new Date() } = validity
  const secret = newSecret()
  const made_ms = now().getTime()
  const link = { hash: hashOf(secret), account_id: account.id, made_ms, expires_ms: made_ms + minutes * 60_000 }
  await storeLink(warehouse, link, 0)
  return `/sign-in/${secret}`
}

/** Links, used up one by one. Single use holds within one serving process; two that share a database are not supported. */
export class SignInLinks {
  readonly #warehouse: Warehouse
  readonly #now: () => Date
  /** Links being used up at this moment: of two requests at once the second loses. */
  readonly #busy = new Set<string>()

  constructor(warehouse: Warehouse, now: () => Date) {
    this.#warehouse = warehouse
    this.#now = now
  }

  /** @returns whom the link signs in, and when it was made; null if it is unknown, used or expired */
  async use(secret: string): Promise<Pick<Link, 'account_id' | 'made_ms'> | null> {
    const hash = hashOf(secret)
    if (this.#busy.has(hash)) return null
    this.#busy.add(hash)
    try {
      const [link] = rows(Link, await this.#warehouse.query(FIND_LINK, { hash }))
      if (!link || link.used || link.expires_ms <= this.#now().getTime()) return null
      // Used up first, signed in second: a crash between them costs a link and never gives a second entry.
      await storeLink(this.#warehouse, link, 1)
      return link
    } finally {
      this.#busy.delete(hash)
    }
  }
}

/** 32 random bytes, base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What is stored of a secret; a fast hash suffices for 256 random bits. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const Link = z.object({
  hash: z.string(),
  account_id: z.string(),
  made_ms: z.number(),
  expires_ms: z.number(),
  used: z.boolean(),
})
type Link = Omit<z.infer<typeof Link>, 'used'>

const FIND_LINK = `select toString(hash) as hash, account_id, toFloat64(toUnixTimestamp64Milli(made_at)) as made_ms,
    toFloat64(toUnixTimestamp64Milli(expires_at)) as expires_ms, toBool(used) as used
  from {identity:Identifier}.sign_in_links final where hash = {hash:String}`

async function storeLink(warehouse: Warehouse, link: Link, used: 0 | 1): Promise<void> {
  await warehouse.insert(`${warehouse.identity}.sign_in_links`, [
    {
      hash: link.hash,
      account_id: link.account_id,
      made_at: utc(link.made_ms),
      expires_at: utc(link.expires_ms),
      used,
    },
  ])
}

/** As ClickHouse takes a DateTime64(3, 'UTC') in a row. */
export const utc = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
