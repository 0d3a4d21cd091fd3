import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { identityKey, type SaltIdentity } from '../schemas/identity.ts'
import type { Pseudonym } from '../schemas/record.ts'
import type { EventLog } from './log/event-log.ts'
import { decrypt, encrypt, opened, saltIdOf, sealingKey } from './seal.ts'
import type { Secrets } from './secrets.ts'
import type { Warehouse } from './warehouse/warehouse.ts'
import type { z } from 'zod'

type Salt = Pick<z.infer<typeof SaltIdentity>, 'id' | 'salt'>
type MasterSecret = Pick<Secrets, 'masterSecret'>

/** People whose salt of this process is remembered; a forgotten one gets another, which changes nothing. */
const REMEMBERED = 5000

/**
 * Seals what people write in Homeroom itself. Each person has a salt of this process, which is in the log before the first
 * text that needs it is handed out.
 */
export class WrittenWords {
  readonly #log: Pick<EventLog, 'append'>
  readonly #masterSecret: Buffer
  readonly #now: () => Date
  readonly #salts = new LRUCache<Pseudonym, Promise<Salt>>({ max: REMEMBERED })

  constructor(log: Pick<EventLog, 'append'>, { masterSecret }: MasterSecret, now: () => Date) {
    this.#log = log
    this.#masterSecret = masterSecret
    this.#now = now
  }

  /**
   * Seal words of or about a person under that person's key: `<salt id>.<base64>`, as originals are.
   * @throws HomeroomError LOG_UNAVAILABLE if the salt may not be durable
   */
  async seal(person: Pseudonym, text: string): Promise<string> {
    const { id, salt } = await this.#saltOf(person)
    return `${id}.${encrypt(sealingKey(this.#masterSecret, salt), text)}`
  }

  /**
   * Seal a private note: `<author's salt id>.<subject's salt id>.<base64>`. Its key is made of both salts, so that erasing
   * either person leaves nothing that opens it.
   * @throws HomeroomError LOG_UNAVAILABLE if a salt may not be durable
   */
  async sealNote(author: Pseudonym, subject: Pseudonym, text: string): Promise<string> {
    const [own, other] = await Promise.all([this.#saltOf(author), this.#saltOf(subject)])
    return `${own.id}.${other.id}.${encrypt(noteKey(this.#masterSecret, own.salt, other.salt), text)}`
  }

  #saltOf(person: Pseudonym): Promise<Salt> {
    const known = this.#salts.get(person)
    if (known !== undefined) return known
    const made = this.#makeSalt(person)
    this.#salts.set(person, made)
    made.catch(() => this.#salts.delete(person))
    return made
  }

  async #makeSalt(identifier: Pseudonym): Promise<Salt> {
    const entry: z.infer<typeof SaltIdentity> = {
      type: 'salt',
      id: randomBytes(12).toString('base64url'),
      identifier,
      storedAt: this.#now().toISOString(),
      salt: randomBytes(32).toString('base64url'),
    }
    await this.#log.append('identities', [{ key: identityKey(entry), value: JSON.stringify(entry) }])
    return entry
  }
}

/**
 * Sealed words, opened, in order; null: the person was erased, or the salt is not stored yet; '' stays ''.
 * @throws HomeroomError INTERNAL if one was altered or the secrets are not those it was sealed with
 */
export async function openedWords(
  warehouse: Warehouse,
  { masterSecret }: MasterSecret,
  sealed: readonly string[],
): Promise<(string | null)[]> {
  const salts = await saltsOf(warehouse, sealed.filter(Boolean).map(saltIdOf))
  return sealed.map(text => {
    if (text === '') return ''
    const salt = salts.get(saltIdOf(text))
    return salt === undefined ? null : opened(text, salt, masterSecret)
  })
}

/** As `openedWords`, of private notes. Whose they are the caller has asked before: the key opens them to whoever holds it. */
export async function openedNotes(
  warehouse: Warehouse,
  { masterSecret }: MasterSecret,
  sealed: readonly string[],
): Promise<(string | null)[]> {
  const parts = sealed.map(text => text.split('.') as [own: string, other: string, text: string])
  const salts = await saltsOf(
    warehouse,
    parts.flatMap(([own, other]) => (other === undefined ? [] : [own, other])),
  )
  return parts.map(([own, other, text]) => {
    if (own === '') return ''
    const [first, second] = [salts.get(own), salts.get(other)]
    return first === undefined || second === undefined ? null : decrypt(noteKey(masterSecret, first, second), text)
  })
}

function noteKey(masterSecret: Buffer, author: string, subject: string): Buffer {
  return createHmac('sha256', masterSecret).update(`v1|note|${author}|${subject}`).digest()
}

async function saltsOf(warehouse: Warehouse, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const found = await warehouse.query<{ id: string; salt: string }>(
    `select toString(salt_id) as id, salt from {identity:Identifier}.salts final where salt_id in {ids:Array(String)}`,
    { ids: wanted },
  )
  return new Map(found.map(({ id, salt }) => [id, salt]))
}
