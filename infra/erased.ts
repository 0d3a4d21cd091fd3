import { hash } from 'node:crypto'
import { IdentityEntry } from '../schemas/identity.ts'
import type { Pseudonym } from '../schemas/record.ts'
import type { Warehouse } from './warehouse/warehouse.ts'

/** What is asked before anything of a person is kept. */
export type IsErased = {
  /** Nobody at all was erased: there is nothing to ask. */
  readonly isEmpty: boolean
  has(pseudonym: Pseudonym): boolean
  hasLetter(id: string): boolean
  /** Called whenever somebody more was erased. */
  onMore(listener: () => void): void
}

export const NOBODY_ERASED: IsErased = {
  isEmpty: true,
  has: () => false,
  hasLetter: () => false,
  onMore: () => undefined,
}

/**
 * What an erasure remembers of a pseudonym. Who has neither the pseudonym nor the key behind it learns nothing from it; who
 * has both can tell that this identifier was erased, which is what it is for.
 */
export const erasedHash = (pseudonym: Pseudonym): string => hash('sha256', `v1|erased|${pseudonym}`)

/** Every process looks so often: an erasure is in force everywhere after twice as long. */
export const LOOK_EVERY_MS = 2000

/** Distinct pseudonyms whose answer is remembered. */
const CACHED = 100_000

/** Who was erased, as the identity database has it, looked up in memory and refreshed every two seconds. */
export class Erased implements IsErased {
  readonly #warehouse: Pick<Warehouse, 'query'>
  readonly #listeners: (() => void)[] = []
  readonly #hashes = new Set<string>()
  readonly #letters = new Set<string>()
  readonly #answers = new Map<Pseudonym, boolean>()
  #looked_ms = -Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(warehouse: Pick<Warehouse, 'query'>) {
    this.#warehouse = warehouse
  }

  get isEmpty(): boolean {
    return this.#hashes.size === 0 && this.#letters.size === 0
  }

  has(pseudonym: Pseudonym): boolean {
    if (this.#hashes.size === 0) return false
    const known = this.#answers.get(pseudonym)
    if (known !== undefined) return known
    const found = this.#hashes.has(erasedHash(pseudonym))
    if (this.#answers.size >= CACHED) this.#answers.clear()
    this.#answers.set(pseudonym, found)
    return found
  }

  hasLetter(id: string): boolean {
    return this.#letters.has(id)
  }

  onMore(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Read once, then every two seconds; `onError` hears of a look that failed (what is known stays). */
  async start(onError: (error: unknown) => void): Promise<void> {
    await this.refresh()
    this.#timer = setInterval(() => void this.refresh().catch(onError), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Refresh, unless that was done a moment ago. */
  async fresh(): Promise<void> {
    if (performance.now() - this.#looked_ms > LOOK_EVERY_MS / 2) await this.refresh()
  }

  async refresh(): Promise<void> {
    const began = performance.now()
    // Without FINAL: what an erasure named once it names for ever.
    const [found] = await this.#warehouse.query<{ hashes: string[]; letters: string[] }>(
      `select groupUniqArrayArray(identifiers) as hashes,
         arrayMap(x -> toString(x), groupUniqArrayArray(letters)) as letters
       from {identity:Identifier}.erasures`,
    )
    this.#looked_ms = began
    this.learn(found!.hashes, found!.letters)
  }

  /** Also what the table does not say yet. What was erased once is for ever. */
  learn(hashes: readonly string[], letters: readonly string[]): void {
    const before = this.#hashes.size + this.#letters.size
    for (const hash of hashes) this.#hashes.add(hash)
    for (const letter of letters) this.#letters.add(letter)
    if (this.#hashes.size + this.#letters.size === before) return
    this.#answers.clear()
    for (const listener of this.#listeners) listener()
  }
}

/** @param value of an entry of `identities`: whether the name, agent or salt is that of somebody who was erased */
export function isErasedIdentity(value: string, erased: IsErased): boolean {
  const { success, data } = IdentityEntry.safeParse(JSON.parse(value))
  if (!success) return false
  const owner = data.type === 'person' ? data.id : data.identifier
  return owner !== null && erased.has(owner)
}
