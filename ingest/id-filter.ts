import { mixed } from './id-table.ts'

/** Slots of the first layer that is not made to measure. */
const SMALLEST = 1 << 16
/** Fuller than this, looking takes longer. */
const LOAD = 0.75

type Layer = { prints: Uint32Array; used: number }

/**
 * Which ids may be known, in about six bytes each: a table of 32-bit fingerprints, placed by a hash of their own. Never no
 * for an id that was added; yes for another one about once in 10^8 times.
 *
 * A Bloom filter of ten bits an id says yes to one new id in a hundred: ten of a request of a thousand, so that every
 * request would ask the warehouse. Fingerprints cost four times the memory, one access to it instead of seven, and ask
 * for real repeats only.
 *
 * It grows by layers, each half as large as all before it, because fingerprints cannot be placed anew.
 */
export class IdFilter {
  readonly #place: number
  readonly #print: number
  #layers: Layer[] = []
  #count = 0

  /** @param seeds two random numbers: nobody outside can make ids that collide */
  constructor(seeds: readonly [number, number]) {
    this.#place = seeds[0]
    this.#print = seeds[1]
  }

  /** Ids that were added. */
  get count(): number {
    return this.#count
  }

  mayHold(ids: Uint32Array, at: number): boolean {
    const place = mixed(ids, at, this.#place)
    const print = printOf(mixed(ids, at, this.#print))
    for (const { prints } of this.#layers) {
      for (let slot = slotOf(place, prints); prints[slot] !== 0; slot = slot + 1 === prints.length ? 0 : slot + 1) {
        if (prints[slot] === print) return true
      }
    }
    return false
  }

  /** Add an id; one that it may hold already is not added again. */
  add(ids: Uint32Array, at: number): void {
    if (this.mayHold(ids, at)) return
    const layer = this.#open()
    const { prints } = layer
    let slot = slotOf(mixed(ids, at, this.#place), prints)
    while (prints[slot] !== 0) slot = slot + 1 === prints.length ? 0 : slot + 1
    prints[slot] = printOf(mixed(ids, at, this.#print))
    layer.used++
    this.#count++
  }

  /** Make room for so many more ids in one layer. */
  reserve(count: number): void {
    this.#layers.push({ prints: new Uint32Array(Math.ceil(count / LOAD) + 1), used: 0 })
  }

  #open(): Layer {
    const last = this.#layers.at(-1)
    if (last !== undefined && last.used < (last.prints.length - 1) * LOAD) return last
    this.reserve(Math.max(SMALLEST, this.#count / 2))
    return this.#layers.at(-1)!
  }
}

const printOf = (hash: number): number => (hash === 0 ? 1 : hash)
const slotOf = (hash: number, { length }: Uint32Array): number => Math.floor((hash / 0x1_0000_0000) * length)
