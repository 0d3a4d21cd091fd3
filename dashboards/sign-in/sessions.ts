import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import type { Warehouse } from '../../infra/warehouse/warehouse.ts'
import { hashOf, newSecret, utc } from './sign-in.ts'

const SESSION_HOURS = 12
/** A session that was ended elsewhere, in another process, is looked up again after this long. */
const TRUSTED_MS = 30_000

/** Who signed in, and when. Milliseconds since 1970. */
export type Session = z.infer<typeof Session>

/**
 * Who is signed in. Sessions are stored as hashes, so that a restart signs nobody out, and kept in memory for half a minute,
 * so that a page costs no query for it.
 */
export class Sessions {
  readonly #warehouse: Warehouse
  readonly #now: () => Date
  readonly #open = new LRUCache<string, Session>({ max: 10_000, ttl: TRUSTED_MS })

  constructor(warehouse: Warehouse, now: () => Date) {
    this.#warehouse = warehouse
    this.#now = now
  }

  /** @returns what the cookie holds: 32 random bytes, base64url, and when it ends */
  async open(accountId: string): Promise<{ secret: string; expires: Date }> {
    const secret = newSecret()
    const opened_ms = this.#now().getTime()
    const session = { account_id: accountId, opened_ms, expires_ms: opened_ms + SESSION_HOURS * 3_600_000 }
    await this.#store(hashOf(secret), session, 0)
    this.#open.set(hashOf(secret), session)
    return { secret, expires: new Date(session.expires_ms) }
  }

  /** @returns the session of this secret as far as it is in memory; undefined says nothing */
  known(secret: string): Session | undefined {
    return this.#inForce(this.#open.get(hashOf(secret)))
  }

  /** @returns the session of this secret; undefined if there is none, or no longer */
  async find(secret: string): Promise<Session | undefined> {
    if (!SECRET.test(secret)) return undefined
    const hash = hashOf(secret)
    const session = this.#inForce(this.#open.get(hash) ?? (await this.#read(hash)))
    if (session && !this.#open.has(hash)) this.#open.set(hash, session)
    return session
  }

  async end(secret: string): Promise<void> {
    if (!SECRET.test(secret)) return
    const hash = hashOf(secret)
    const session = this.#open.get(hash) ?? (await this.#read(hash))
    if (!session) return
    await this.#store(hash, session, 1)
    this.#open.delete(hash)
  }

  #inForce(session: Session | undefined): Session | undefined {
    return session && session.expires_ms > this.#now().getTime() ? session : undefined
  }

  async #read(hash: string): Promise<Session | undefined> {
    return rows(Session, await this.#warehouse.query(FIND_SESSION, { hash }))[0]
  }

  async #store(hash: string, session: Session, ended: 0 | 1): Promise<void> {
    const { account_id, opened_ms, expires_ms } = session
    await this.#warehouse.insert(`${this.#warehouse.identity}.sessions_open`, [
      { hash, account_id, opened_at: utc(opened_ms), expires_at: utc(expires_ms), ended },
    ])
  }
}

const SECRET = /^[\w-]{43}$/

const Session = z.object({ account_id: z.string(), opened_ms: z.number(), expires_ms: z.number() })

const FIND_SESSION = `select account_id, toFloat64(toUnixTimestamp64Milli(opened_at)) as opened_ms,
    toFloat64(toUnixTimestamp64Milli(expires_at)) as expires_ms
  from {identity:Identifier}.sessions_open final where hash = {hash:String} and ended = 0`
