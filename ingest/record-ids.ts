import { randomBytes } from 'node:crypto'
import { openGroupQueue, type GroupQueue } from '../infra/log/group-queue.ts'
import { IdFilter } from './id-filter.ts'
import { ACCEPTED, IdTable } from './id-table.ts'
import { HASH_WORDS, hashAt, idAt, ID_WORDS } from './record-words.ts'

/** What is stored already, asked for where the memory of this process cannot tell. */
export type StoredRecords = {
  /** Ids of all records stored at or after a time (milliseconds since 1970), four words each, in pages. */
  ids(since: number): AsyncIterable<Uint32Array>
  /** At least the number of the records stored. */
  count(): Promise<number>
  /** Hash of the content, by id, of those of these ids that are stored. */
  hashes(ids: readonly string[]): Promise<Map<string, string>>
}

/** The ids of a request, held until it is stored or given up. */
export type Claim = {
  /** Positions in the request whose id is known with other content; where there is one, nothing is held. */
  conflicts: number[]
  /** The records are durable: from now on their ids are known. */
  accept(): void
  /** They are not, or may not be: the ids are free again. */
  release(): void
}

export type RecordIdsOptions = {
  /** Slots of the table of recent ids, as a power of two; two tables are held. Default 20: 32 MB each. */
  bits?: number
  /** How long the warehouse has for its answer. */
  patience_ms?: number
  clock?: () => number
}

const BITS = 20
const PATIENCE_MS = 2000
/** After a look-up without an answer, so long none is tried: every request would wait in vain. */
const PAUSE_MS = 5000
const LOOK_UP_AT_MOST = 20_000
/** A page is taken over in slices of about 2 ms. */
const SLICE = 10_000
/** Accepted by another process, or before a restart, and stored since the last look. */
const REFRESH_FIRST_MS = 15_000
const REFRESH_MS = 300_000
/** The processors may be behind by this much, and no later look would see what they store. */
const OVERLAP_MS = 3_600_000

/**
 * Knows the ids of accepted records, so that an id with other content is refused before it is appended.
 *
 * Three places, in order: two tables of what this process accepted lately, with the hashes of the contents; fingerprints
 * of everything older, which are taken over from the warehouse in the background; and, for an id that one of them holds
 * or, until they are all there, for every other id, the warehouse itself. Where it does not answer, the id is let in: the
 * processors find the conflict when they store it, and the first content counts.
 */
export class RecordIds {
  readonly #stored: StoredRecords
  readonly #options: Required<RecordIdsOptions>
  readonly #seed = randomBytes(4).readUInt32LE()
  readonly #filter = new IdFilter([randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE()])
  readonly #lookUps: GroupQueue<string[], Map<string, string> | null>
  readonly #pending = new Map<number, Promise<void>>()
  #young: IdTable
  #old: IdTable | null = null
  #owner = ACCEPTED
  #isLoaded = false
  #silentUntil = 0
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(stored: StoredRecords, options: RecordIdsOptions = {}) {
    this.#stored = stored
    this.#options = { bits: BITS, patience_ms: PATIENCE_MS, clock: Date.now, ...options }
    this.#young = new IdTable(this.#options.bits, this.#seed)
    this.#lookUps = openGroupQueue(LOOK_UP_AT_MOST, async group => {
      const found = await this.#ask(group.flat())
      return group.map(() => ({ status: 'fulfilled', value: found }))
    })
  }

  /** All ids that were stored when the process started are known here; until then the warehouse is asked for every id. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** Begin to take over what is stored; `onError` hears of each failed try. */
  start(onError: (error: unknown) => void): void {
    let since = 0
    const load = async (): Promise<void> => {
      const began = this.#options.clock()
      try {
        await this.#load(since)
        since = began - OVERLAP_MS
        this.#schedule(load, this.#isLoaded ? REFRESH_MS : REFRESH_FIRST_MS)
        this.#isLoaded = true
      } catch (error) {
        onError(error)
        this.#schedule(load, PAUSE_MS)
      }
    }
    void load()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /**
   * Hold the ids of a request. Of two requests that hold the same id at the same time the second waits for the first; it
   * holds nothing while it waits, so that no two can wait for each other.
   * @param ids four words each @param hashes two words each
   */
  async claim(ids: Uint32Array, hashes: Uint32Array): Promise<Claim> {
    for (;;) {
      const seen = this.#look(ids, hashes)
      if (seen.other !== undefined) {
        await seen.other
        continue
      }
      const { owner, end } = this.#hold(seen.free, ids, hashes)
      const settle = (how: 'accept' | 'remove'): void => {
        this.#settle(owner, seen.free, ids, how)
        this.#pending.delete(owner)
        end()
      }
      const conflicts = [...seen.conflicts, ...(await this.#conflictsStored(seen.unsure, ids, hashes))]
      if (conflicts.length === 0) return { conflicts, accept: () => settle('accept'), release: () => settle('remove') }
      settle('remove')
      return { conflicts: conflicts.sort((a, b) => a - b), accept: () => undefined, release: () => undefined }
    }
  }

  /** Without waiting: which ids are free, which of them the warehouse has to be asked for, which are known otherwise. */
  #look(ids: Uint32Array, hashes: Uint32Array): Seen {
    const seen: Seen = { free: [], unsure: [], conflicts: [], other: undefined }
    for (let i = 0; i * ID_WORDS < ids.length; i++) {
      const table = this.#tableOf(ids, i)
      if (table === null) {
        seen.free.push(i)
        if (!this.#isLoaded || this.#filter.mayHold(ids, i * ID_WORDS)) seen.unsure.push(i)
        continue
      }
      const entry = table.find(ids, i * ID_WORDS)
      const owner = table.ownerOf(entry)
      if (owner !== ACCEPTED) return { ...seen, other: this.#pending.get(owner) }
      if (!table.hasHash(entry, hashes, i * HASH_WORDS)) seen.conflicts.push(i)
    }
    return seen
  }

  #tableOf(ids: Uint32Array, i: number): IdTable | null {
    if (this.#young.find(ids, i * ID_WORDS) >= 0) return this.#young
    return this.#old !== null && this.#old.find(ids, i * ID_WORDS) >= 0 ? this.#old : null
  }

  #hold(free: readonly number[], ids: Uint32Array, hashes: Uint32Array): { owner: number; end: () => void } {
    const owner = this.#nextOwner()
    const ended = Promise.withResolvers<void>()
    this.#pending.set(owner, ended.promise)
    for (const i of free) {
      if (this.#young.isFull) {
        this.#old = this.#young
        this.#young = new IdTable(this.#options.bits, this.#seed)
      }
      this.#young.add(ids, i * ID_WORDS, hashes, i * HASH_WORDS, owner)
    }
    return { owner, end: ended.resolve }
  }

  #settle(owner: number, held: readonly number[], ids: Uint32Array, how: 'accept' | 'remove'): void {
    for (const i of held) {
      const table = this.#tableOf(ids, i)
      const entry = table?.find(ids, i * ID_WORDS) ?? -1
      if (entry >= 0 && table!.ownerOf(entry) === owner) table![how](entry)
      if (how === 'accept') this.#filter.add(ids, i * ID_WORDS)
    }
  }

  async #conflictsStored(unsure: readonly number[], ids: Uint32Array, hashes: Uint32Array): Promise<number[]> {
    if (unsure.length === 0 || this.#options.clock() < this.#silentUntil) return []
    const texts = unsure.map(i => idAt(ids, i * ID_WORDS))
    const stored = await this.#lookUps.add(texts, texts.length)
    return unsure.filter((i, n) => {
      const hash = stored?.get(texts[n]!)
      return hash !== undefined && hash !== hashAt(hashes, i * HASH_WORDS)
    })
  }

  /** null: no answer, for whatever reason; the processors' own check remains. */
  async #ask(ids: string[]): Promise<Map<string, string> | null> {
    const late = Promise.withResolvers<null>()
    const timer = setTimeout(late.resolve, this.#options.patience_ms, null)
    const found = await Promise.race([this.#stored.hashes(ids).catch(() => null), late.promise])
    clearTimeout(timer)
    if (found === null) this.#silentUntil = this.#options.clock() + PAUSE_MS
    return found
  }

  async #load(since: number): Promise<void> {
    if (since === 0) this.#filter.reserve(await this.#stored.count())
    for await (const page of this.#stored.ids(since)) {
      for (let at = 0; at < page.length; at += ID_WORDS) {
        if (at % (SLICE * ID_WORDS) === 0) await new Promise(resolve => setImmediate(resolve))
        if (this.#isStopped) return
        this.#filter.add(page, at)
      }
    }
  }

  #schedule(load: () => Promise<void>, after_ms: number): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void load(), after_ms).unref()
  }

  #nextOwner(): number {
    // 0 and 2^32 − 1 say something else in the table, and 1 is nobody.
    this.#owner = this.#owner >= 0xffff_fffe ? ACCEPTED + 1 : this.#owner + 1
    return this.#owner
  }
}

type Seen = { free: number[]; unsure: number[]; conflicts: number[]; other: Promise<void> | undefined }
