import { randomBytes } from 'node:crypto'
import { IdFilter } from '../id-filter.ts'
import { mixed } from '../id-table.ts'
import { ID_WORDS, writeId } from '../record-words.ts'
import type { StoredRecords } from '../record-ids.ts'
import type { Made } from './load-intake.ts'

/** Of a record: first seen here; said before, with the same content; said before, with another. */
export type Verdict = 'new' | 'same' | 'other'

/** So many records are asked for one by one: for few of them, reading every id that is stored would take longer. */
const ASKED = 100_000
const LOOK_UP_AT_MOST = 20_000

/** Which records of a load are known: from earlier in it, or because they are stored. */
export class KnownRecords {
  readonly #stored: StoredRecords | null
  readonly #seen = new SeenTable()
  readonly #filter = new IdFilter([randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE()])
  readonly #words = new Uint32Array(ID_WORDS)
  #asked = 0
  #isFilterFull = false

  /** @param stored null: nothing is known of what is stored */
  constructor(stored: StoredRecords | null) {
    this.#stored = stored
  }

  /** One verdict for each record, in order. What is new is known from now on. */
  async judge(made: readonly Made[]): Promise<Verdict[]> {
    const stored = await this.#hashesOf(made)
    return made.map(({ id, hash }) => {
      const known = stored.get(id) ?? null
      const seen = this.#seen.say(id, hash)
      if (known !== null) return known === hash ? 'same' : 'other'
      return seen
    })
  }

  async #hashesOf(made: readonly Made[]): Promise<Map<string, string>> {
    if (this.#stored === null || made.length === 0) return new Map()
    this.#asked += made.length
    if (this.#asked > ASKED && !this.#isFilterFull) await this.#fill(this.#stored)
    const ids = made.map(({ id }) => id).filter(id => !this.#isFilterFull || this.#mayBeStored(id))
    const found = new Map<string, string>()
    for (let at = 0; at < ids.length; at += LOOK_UP_AT_MOST) {
      for (const [id, hash] of await this.#stored.hashes(ids.slice(at, at + LOOK_UP_AT_MOST))) found.set(id, hash)
    }
    return found
  }

  // Both what this load appends and what others send meanwhile may be stored later: the first is seen here, the second is
  // left to the processors.
  async #fill(stored: StoredRecords): Promise<void> {
    this.#filter.reserve(await stored.count())
    for await (const page of stored.ids(0)) {
      for (let at = 0; at < page.length; at += ID_WORDS) this.#filter.add(page, at)
    }
    this.#isFilterFull = true
  }

  #mayBeStored(id: string): boolean {
    writeId(id, this.#words, 0)
    return this.#filter.mayHold(this.#words, 0)
  }
}

/** Two words of the id, hashed, and one of the content. */
const SLOT = 3
const LOAD = 0.6
const SMALLEST_BITS = 12
/** 200 MB: 10 million records. Later repeats in the same load are left to the processors, and count as stored. */
const LARGEST_BITS = 24

/** Ids and contents of one load, in 12 bytes a slot. Two ids of 10 million are taken for one with a chance of 1 in 10^5. */
class SeenTable {
  readonly #seeds = [randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE()] as const
  readonly #id = new Uint32Array(ID_WORDS)
  #bits = SMALLEST_BITS
  #words = new Uint32Array(SLOT << SMALLEST_BITS)
  #used = 0

  say(id: string, hash: string): Verdict {
    writeId(id, this.#id, 0)
    // 0 is an empty slot.
    const first = mixed(this.#id, 0, this.#seeds[0]) || 1
    const second = mixed(this.#id, 0, this.#seeds[1])
    const content = Number.parseInt(hash.slice(0, 8), 16)
    const at = this.#find(first, second)
    if (this.#words[at] !== 0) return this.#words[at + 2] === content ? 'same' : 'other'
    if (this.#isFull()) return 'new'
    this.#put(at, first, second, content)
    this.#used++
    return 'new'
  }

  #find(first: number, second: number): number {
    const mask = (1 << this.#bits) - 1
    let slot = first & mask
    for (;;) {
      const at = slot * SLOT
      if (this.#words[at] === 0 || (this.#words[at] === first && this.#words[at + 1] === second)) return at
      slot = (slot + 1) & mask
    }
  }

  #put(at: number, first: number, second: number, content: number): void {
    this.#words[at] = first
    this.#words[at + 1] = second
    this.#words[at + 2] = content
    if (this.#used > LOAD * (1 << this.#bits) && this.#bits < LARGEST_BITS) this.#grow()
  }

  #isFull(): boolean {
    return this.#bits === LARGEST_BITS && this.#used > LOAD * (1 << this.#bits)
  }

  #grow(): void {
    const old = this.#words
    this.#bits++
    this.#words = new Uint32Array(SLOT << this.#bits)
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at] === 0) continue
      const [first, second, content] = [old[at]!, old[at + 1]!, old[at + 2]!]
      this.#words.set([first, second, content], this.#find(first, second))
    }
  }
}
