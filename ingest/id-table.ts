import { HASH_WORDS, ID_WORDS } from './record-words.ts'

/** Who holds an entry: 1 if its record is accepted; else the number of the request that is about to store it. */
export const ACCEPTED = 1
const EMPTY = 0
const REMOVED = 0xffff_ffff

/** Id, hash of the content, owner, nothing: a slot is half a line of the processor's cache. */
const SLOT = ID_WORDS + HASH_WORDS + 2
const OWNER = ID_WORDS + HASH_WORDS
/** Fuller than this, looking takes longer. */
const LOAD = 0.7

/**
 * Ids with the hashes of their contents, whole, in a table of fixed size (open addressing, linear probing). An entry that
 * is removed leaves a mark, so that others stay where they are.
 */
export class IdTable {
  readonly #words: Uint32Array
  readonly #mask: number
  readonly #seed: number
  #used = 0

  /** @param bits the table has 2^bits slots of 32 bytes @param seed of the hash: unknown outside, so that nobody can make ids that collide */
  constructor(bits: number, seed: number) {
    this.#words = new Uint32Array(SLOT << bits)
    this.#mask = (1 << bits) - 1
    this.#seed = seed
  }

  get isFull(): boolean {
    return this.#used > (this.#mask + 1) * LOAD
  }

  /** The entry of an id, to be given to the other methods; −1: none. */
  find(ids: Uint32Array, at: number): number {
    const words = this.#words
    let slot = mixed(ids, at, this.#seed) & this.#mask
    for (;;) {
      const entry = slot * SLOT
      const owner = words[entry + OWNER]
      if (owner === EMPTY) return -1
      if (
        owner !== REMOVED &&
        words[entry] === ids[at] &&
        words[entry + 1] === ids[at + 1] &&
        words[entry + 2] === ids[at + 2] &&
        words[entry + 3] === ids[at + 3]
      )
        return entry
      slot = (slot + 1) & this.#mask
    }
  }

  /** Add an id that has no entry. */
  add(ids: Uint32Array, at: number, hashes: Uint32Array, hashAt: number, owner: number): void {
    const words = this.#words
    let slot = mixed(ids, at, this.#seed) & this.#mask
    while (words[slot * SLOT + OWNER] !== EMPTY) slot = (slot + 1) & this.#mask
    const entry = slot * SLOT
    for (let i = 0; i < ID_WORDS; i++) words[entry + i] = ids[at + i]!
    for (let i = 0; i < HASH_WORDS; i++) words[entry + ID_WORDS + i] = hashes[hashAt + i]!
    words[entry + OWNER] = owner
    this.#used++
  }

  ownerOf(entry: number): number {
    return this.#words[entry + OWNER]!
  }

  hasHash(entry: number, hashes: Uint32Array, at: number): boolean {
    return this.#words[entry + ID_WORDS] === hashes[at] && this.#words[entry + ID_WORDS + 1] === hashes[at + 1]
  }

  accept(entry: number): void {
    this.#words[entry + OWNER] = ACCEPTED
  }

  remove(entry: number): void {
    this.#words[entry + OWNER] = REMOVED
  }
}

/** 32 well-mixed bits of an id (the rounds and the finish of MurmurHash3, x86, 32 bits). */
export function mixed(ids: Uint32Array, at: number, seed: number): number {
  let h = seed
  for (let i = at; i < at + ID_WORDS; i++) {
    let k = Math.imul(ids[i]!, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  h ^= 16
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
