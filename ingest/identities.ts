import { randomBytes } from 'node:crypto'
import { HomeroomError } from '../infra/errors.ts'
import type { Entry } from '../infra/log/event-log.ts'
import type { Secrets } from '../infra/secrets.ts'
import { identityKey, type IdentityEntry } from '../schemas/identity.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { canonical } from './canonical.ts'
import { hmacOf, type Hmac } from './pseudonymise.ts'
import { Recent } from './recent.ts'
import { encrypt, sealingKey } from '../infra/seal.ts'

/** Entries of one generation held in memory; a forgotten agent or salt is written once more, which changes nothing. */
const CACHED = 50_000

/** Characters of JSON: what is larger would not fit into an entry of the log. */
const MAX_AGENT = 1_000_000

/** The token is 22 characters, the same for the same content under this key. */
export type Known = { token: string; identifier: Pseudonym | null }

type SaltKey = { id: string; key: Buffer }

/**
 * The agents and salts that one thread has handed out. Each is handed out once as an entry of `identities`; whoever takes
 * it makes it durable before a record that names it (`durable-identities.ts`).
 */
export class Identities {
  readonly #hmac: Hmac
  readonly #masterSecret: Buffer
  readonly #now: () => number
  readonly #agents = new Recent<string, Known>(CACHED)
  readonly #salts = new Recent<Pseudonym, SaltKey>(CACHED)
  #fresh: Entry[] = []
  #made = 0

  constructor(secrets: Secrets, now: () => number) {
    this.#hmac = hmacOf(secrets.pseudonymKey)
    this.#masterSecret = secrets.masterSecret
    this.#now = now
  }

  /** Agents and salts handed out for the first time, in all. */
  get made(): number {
    return this.#made
  }

  /**
   * Token and pseudonym of an agent, entity or participant as received; written on first sight.
   * @param identify pseudonym of its identifier; null if it has none
   * @throws HomeroomError BODY_TOO_LARGE
   */
  known(agent: unknown, identify: (agent: unknown) => Pseudonym | null): Known {
    const text = JSON.stringify(agent)
    const found = this.#agents.get(text)
    if (found !== undefined) return found
    if (text.length > MAX_AGENT) throw tooLarge(text.length)
    const identifier = identify(agent)
    const token = this.#hmac(`v1|agent|${canonical(agent)}`, 'base64url').slice(0, 22)
    const made = { token, identifier }
    this.#agents.set(text, made)
    this.#write({ type: 'agent', id: token, identifier, storedAt: this.#storedAt(), agent: text })
    return made
  }

  /** Seal an original under the key of its actor on this thread: `<salt id>.<base64>`. */
  seal(text: string, actor: Pseudonym): string {
    const { id, key } = this.#salts.get(actor) ?? this.#newSalt(actor)
    return `${id}.${encrypt(key, text)}`
  }

  /** Write a person's name and addresses. */
  person(entry: Extract<IdentityEntry, { type: 'person' }>): void {
    this.#write(entry)
  }

  /** What was handed out since the last time. */
  takeFresh(): Entry[] {
    const taken = this.#fresh
    this.#fresh = []
    return taken
  }

  /** Hand everything out anew: something that was taken may not be durable. */
  forgetAll(): void {
    this.#agents.clear()
    this.#salts.clear()
  }

  #newSalt(identifier: Pseudonym): SaltKey {
    const random = randomBytes(44)
    const id = random.toString('base64url', 0, 12)
    const salt = random.toString('base64url', 12)
    const made = { id, key: sealingKey(this.#masterSecret, salt) }
    this.#salts.set(identifier, made)
    this.#write({ type: 'salt', id, identifier, storedAt: this.#storedAt(), salt })
    return made
  }

  #write(entry: IdentityEntry): void {
    this.#made++
    this.#fresh.push({ key: identityKey(entry), value: JSON.stringify(entry) })
  }

  #storedAt(): string {
    return new Date(this.#now()).toISOString()
  }
}

function tooLarge(length: number): HomeroomError {
  const message = `an agent, entity or participant has ${length} characters as JSON, at most ${MAX_AGENT} are taken`
  return new HomeroomError('BODY_TOO_LARGE', `${message}; nothing was stored`)
}
