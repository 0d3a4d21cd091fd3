import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Warehouse } from './warehouse/warehouse.ts'

const Scope = z.strictObject({
  /** Schools (sourcedIds) of a principal or adviser. */
  schools: z.array(z.string()).default([]),
  /** Advisories (class sourcedIds) of an adviser. */
  advisories: z.array(z.string()).default([]),
  /** Classes (sourcedIds) of an adviser or teacher. */
  classes: z.array(z.string()).optional(),
  /** Pseudonym of the person behind the account, if the roster knows them. */
  person: z.string().optional(),
  /** Study of a researcher. */
  study: z.string().optional(),
})
export type Scope = z.infer<typeof Scope>

export const PERSON_ROLES = ['analyst', 'principal', 'adviser', 'researcher', 'operator'] as const
export type PersonRole = (typeof PERSON_ROLES)[number]

/** A machine that delivers (`source`; its role lists the doors it may use) or a person who may sign in. */
export type Account = {
  id: string
  kind: 'source' | 'person'
  /** source: doors, comma-separated; person: analyst, principal, adviser, researcher, operator. */
  role: string
  scope: Scope
  secretHash: string
  expiresAt: Date
  /** As the sign-in provider calls the person. */
  name?: string
  /** Who decides on role and scope; `provider`: anew with each sign-in. Default: operator. */
  setBy?: 'operator' | 'provider'
  /** Sessions and links made before are void. */
  signedOutAt?: Date
  /** A sign-in does not bring it back. */
  revoked?: boolean
}

/** An account that never ends by itself. */
export const NEVER = new Date('2099-12-31T00:00:00.000Z')

/**
 * Make an account, or change it, giving it a new secret.
 * @returns the secret, which is stored nowhere: 32 random bytes in base64url. Only its SHA-256 is kept, which is enough
 * for a secret of 256 random bits (a slow hash protects guessable passwords, and there are none).
 */
export async function createAccount(
  warehouse: Warehouse,
  account: {
    id: string
    kind: Account['kind']
    role: string
    scope?: Partial<Scope>
    expiresAt?: Date
    secret?: string
    name?: string
    setBy?: Account['setBy']
  },
): Promise<{ account: Account; secret: string }> {
  const secret = account.secret ?? randomBytes(32).toString('base64url')
  const made: Account = {
    id: account.id,
    kind: account.kind,
    role: account.role,
    scope: Scope.parse(account.scope ?? {}),
    secretHash: sha256(secret),
    expiresAt: account.expiresAt ?? NEVER,
    name: account.name ?? '',
    setBy: account.setBy ?? 'operator',
  }
  await storeAccount(warehouse, made)
  return { account: made, secret }
}

/** Every account that is neither revoked nor expired; with `all` those too. */
export async function listAccounts(warehouse: Warehouse, all = false): Promise<Account[]> {
  const found = await warehouse.query<StoredAccount>(
    `${SELECT} where deleted = 0 ${all ? '' : 'and revoked = 0 and expires_at > now64(3)'} order by account_id`,
  )
  return found.map(accountOf)
}

/** One account, in force or not. */
export async function readAccount(warehouse: Warehouse, id: string): Promise<Account | undefined> {
  const [found] = await warehouse.query<StoredAccount>(`${SELECT} where deleted = 0 and account_id = {id:String}`, {
    id,
  })
  return found && accountOf(found)
}

/** The account ends: its sessions, links and credentials too, at the next refresh of each process. Its row stays. */
export async function revokeAccount(warehouse: Warehouse, account: Account): Promise<void> {
  await storeAccount(warehouse, { ...account, setBy: 'operator', revoked: true })
}

/** Store an account as it is from now on. */
export async function storeAccount(warehouse: Warehouse, account: Account): Promise<void> {
  await warehouse.insert(`${warehouse.identity}.accounts`, [
    {
      account_id: account.id,
      kind: account.kind,
      role: account.role,
      scope: JSON.stringify(account.scope),
      secret_hash: account.secretHash,
      expires_at: account.expiresAt.toISOString(),
      name: account.name ?? '',
      set_by: account.setBy ?? 'operator',
      signed_out_at: (account.signedOutAt ?? new Date(0)).toISOString(),
      revoked: account.revoked ? 1 : 0,
      ver: String(Date.now()),
      deleted: 0,
    },
  ])
}

/**
 * The accounts in memory, refreshed every few seconds, so that a door opens without a query and stays open for known
 * senders while the warehouse is away.
 */
export class Accounts {
  readonly #warehouse: Warehouse
  #byId = new Map<string, Account>()
  #timer: NodeJS.Timeout | undefined
  /** Authorization headers that were right, so that a busy sender is hashed once per refresh. */
  #known = new Map<string, Account>()

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  /** Read once, then every `seconds`; `onError` hears of a refresh that failed (the last accounts stay). */
  async start(seconds: number, onError: (error: unknown) => void): Promise<void> {
    await this.refresh()
    this.#timer = setInterval(() => void this.refresh().catch(onError), seconds * 1000)
    this.#timer.unref()
  }

  async refresh(): Promise<void> {
    const all = await listAccounts(this.#warehouse)
    this.#byId = new Map(all.map(account => [account.id, account]))
    this.#known.clear()
  }

  find(id: string): Account | undefined {
    const account = this.#byId.get(id)
    return account && account.expiresAt.getTime() > Date.now() ? account : undefined
  }

  /** The account that a `Basic` or `Bearer` header proves; null if it proves none. */
  authenticate(authorization: string | undefined): Account | null {
    if (!authorization) return null
    const known = this.#known.get(authorization)
    if (known) return this.find(known.id) === known ? known : null
    const found = this.#check(authorization)
    if (found && this.#known.size < 1000) this.#known.set(authorization, found)
    return found
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(authorization: string): Account | null {
    const [scheme, token = ''] = authorization.split(/ +/, 2)
    if (scheme?.toLowerCase() === 'bearer') {
      const hash = sha256(token)
      for (const account of this.#byId.values())
        if (same(account.secretHash, hash)) return this.find(account.id) ?? null
      return null
    }
    if (scheme?.toLowerCase() !== 'basic') return null
    const pair = Buffer.from(token, 'base64').toString('utf8')
    const at = pair.indexOf(':')
    const account = this.find(pair.slice(0, at))
    // Hashed and compared also where nobody has the name: how long a refusal takes must not say whose names there are.
    const isRight = same(account?.secretHash ?? NOBODYS_HASH, sha256(pair.slice(at + 1)))
    return account && isRight ? account : null
  }
}

type StoredAccount = {
  account_id: string
  kind: Account['kind']
  role: string
  scope: string
  secret_hash: string
  expires_ms: number
  name: string
  set_by: 'operator' | 'provider'
  signed_out_ms: number
  revoked: boolean
}

const SELECT = `select account_id, kind, role, scope, secret_hash, toFloat64(toUnixTimestamp64Milli(expires_at)) as expires_ms,
  name, set_by, toFloat64(toUnixTimestamp64Milli(signed_out_at)) as signed_out_ms, toBool(revoked) as revoked
  from {identity:Identifier}.accounts final`

function accountOf(row: StoredAccount): Account {
  return {
    id: row.account_id,
    kind: row.kind,
    role: row.role,
    scope: Scope.parse(JSON.parse(row.scope)),
    secretHash: row.secret_hash,
    expiresAt: new Date(row.expires_ms),
    name: row.name,
    setBy: row.set_by,
    signedOutAt: new Date(row.signed_out_ms),
    revoked: row.revoked,
  }
}

const NOBODYS_HASH = '0'.repeat(64)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
