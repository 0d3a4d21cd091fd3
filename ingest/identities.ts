import { randomBytes } from 'node:crypto'
import { HomeroomError } from '../infra/errors.ts'
import type { Entry, EventLog } from '../infra/log/event-log.ts'
import type { Secrets } from '../infra/secrets.ts'
import { identityKey, type IdentityEntry } from '../schemas/identity.ts'
import type { Pseudonym } from '../schemas/record.ts'
import { canonical } from './canonical.ts'
import { hmacOf, type Hmac } from './pseudonymise.ts'
import { Recent } from './recent.ts'
import { encrypt, sealingKey } from './seal.ts'

/** Entries of one generation held in memory; a forgotten agent or salt is written once more, which changes nothing. */
const CACHED = 50_000

/** The token is 22 characters, the same for the same content under this key. */
export type Known = { token: string; identifier: Pseudonym | null }

type SaltKey = { id: string; key: Buffer }

/**
 * The agents and salts that this process has written to `identities`. Each is written once, and is durable before a
 * record that names it: `flush(mark)` resolves only when everything handed out since `mark()` is.
 */
export class Identities {
  readonly #log: EventLog
  readonly #hmac: Hmac
  readonly #masterSecret: Buffer
  readonly #now: () => number
  readonly #agents = new Recent<string, Known>(CACHED)
  readonly #salts = new Recent<Pseudonym, SaltKey>(CACHED)
  #fresh: Entry[] = []
  #forget: (() => void)[] = []
  #durable: Promise<unknown> = Promise.resolve()
  #failures = 0
  #cause: unknown

  constructor(log: EventLog, secrets: Secrets, now: () => number) {
    this.#log = log
    this.#hmac = hmacOf(secrets.pseudonymKey)
    this.#masterSecret = secrets.masterSecret
    this.#now = now
  }

  /**
   * Token and pseudonym of an agent, entity or participant as received; written on first sight.
   * @param identify pseudonym of its identifier; null if it has none
   */
  known(agent: unknown, identify: (agent: unknown) => Pseudonym | null): Known {
    const text = JSON.stringify(agent)
    const found = this.#agents.get(text)
    if (found !== undefined) return found
    const identifier = identify(agent)
    const token = this.#hmac(`v1|agent|${canonical(agent)}`, 'base64url').slice(0, 22)
    const made = { token, identifier }
    this.#agents.set(text, made)
    const entry = { type: 'agent', id: token, identifier, storedAt: this.#storedAt(), agent: text } as const
    this.#write(entry, () => this.#agents.delete(text))
    return made
  }

  /** Seal an original under the key of its actor in this process: `<salt id>.<base64>`. */
  seal(text: string, actor: Pseudonym): string {
    const { id, key } = this.#salts.get(actor) ?? this.#newSalt(actor)
    return `${id}.${encrypt(key, text)}`
  }

  /** Write a person's name and addresses. */
  person(entry: Extract<IdentityEntry, { type: 'person' }>): void {
    this.#write(entry, () => undefined)
  }

  /** To be taken before the first token or salt of a request, and given to `flush`. */
  mark(): number {
    return this.#failures
  }

  /**
   * Resolves when every token and salt handed out since the mark is durable.
   * @throws HomeroomError LOG_UNAVAILABLE if one may not be; it is forgotten, and written anew when next needed
   */
  async flush(mark: number): Promise<void> {
    if (this.#fresh.length > 0) {
      const [entries, forget] = [this.#fresh, this.#forget]
      this.#fresh = []
      this.#forget = []
      const written = this.#log.append('identities', entries).catch((error: unknown) => {
        this.#failures++
        this.#cause = error
        for (const undo of forget) undo()
      })
      this.#durable = Promise.all([this.#durable, written])
    }
    // A request that needs only what another one is writing waits for that too, and fails with it.
    await this.#durable
    if (this.#failures === mark) return
    const message = 'agents and salts of this request may not be durable, so none of its records was stored'
    throw new HomeroomError('LOG_UNAVAILABLE', message, { cause: this.#cause })
  }

  #newSalt(identifier: Pseudonym): SaltKey {
    const random = randomBytes(44)
    const id = random.toString('base64url', 0, 12)
    const salt = random.toString('base64url', 12)
    const made = { id, key: sealingKey(this.#masterSecret, salt) }
    this.#salts.set(identifier, made)
    this.#write({ type: 'salt', id, identifier, storedAt: this.#storedAt(), salt }, () =>
      this.#salts.delete(identifier),
    )
    return made
  }

  #write(entry: IdentityEntry, undo: () => void): void {
    this.#fresh.push({ key: identityKey(entry), value: JSON.stringify(entry) })
    this.#forget.push(undo)
  }

  #storedAt(): string {
    return new Date(this.#now()).toISOString()
  }
}
