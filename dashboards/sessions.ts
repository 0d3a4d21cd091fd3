import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { rows } from '../infra/warehouse/rows.ts'
import type { Warehouse } from '../infra/warehouse/warehouse.ts'
import { hashOf, newSecret, utc } from './sign-in.ts'

const SESSION_HOURS = 12

/**
 * Who is signed in. Sessions are stored as hashes, so that a restart signs nobody out, and kept in memory, so that a
 * page costs no query for it. One serving process: a session ended in another is noticed here only when it expires.
 */
export class Sessions {
  readonly #warehouse: Warehouse
  readonly #now: () => Date
  readonly #open = new LRUCache<string, Session>({ max: 10_000 })

  constructor(warehouse: Warehouse, now: () => Date) {
    this.#warehouse = warehouse
    this.#now = now
  }

  /** @returns what the cookie holds: 32 random bytes, base64url, and when it ends */
  async open(accountId: string): Promise<{ secret: string; expires: Date }> {
    const secret = newSecret()
    const session = { account_id: accountId, expires_ms: this.#now().getTime() + SESSION_HOURS * 3_600_000 }
    await this.#store(hashOf(secret), session, 0)
    this.#open.set(hashOf(secret), session)
    return { secret, expires: new Date(session.expires_ms) }
  }

  /** @returns the id of the account that is signed in by this secret; null if none is, or no longer */
  async find(secret: string): Promise<string | null> {
    if (!SECRET.test(secret)) return null
    const hash = hashOf(secret)
    const session = this.#open.get(hash) ?? (await this.#read(hash))
    if (!session || session.expires_ms <= this.#now().getTime()) return null
    this.#open.set(hash, session)
    return session.account_id
  }

  async end(secret: string): Promise<void> {
    const hash = hashOf(secret)
    const session = this.#open.get(hash) ?? (await this.#read(hash))
    if (!session) return
    await this.#store(hash, session, 1)
    this.#open.delete(hash)
  }

  async #read(hash: string): Promise<Session | undefined> {
    return rows(Session, await this.#warehouse.query(FIND_SESSION, { hash }))[0]
  }

  async #store(hash: string, session: Session, ended: 0 | 1): Promise<void> {
    const { account_id, expires_ms } = session
    await this.#warehouse.insert(`${this.#warehouse.identity}.sessions_open`, [
      { hash, account_id, expires_at: utc(expires_ms), ended },
    ])
  }
}

const SECRET = /^[\w-]{43}$/

const Session = z.object({ account_id: z.string(), expires_ms: z.number() })
type Session = z.infer<typeof Session>

const FIND_SESSION = `select account_id, toFloat64(toUnixTimestamp64Milli(expires_at)) as expires_ms
  from {identity:Identifier}.sessions_open final where hash = {hash:String} and ended = 0`
