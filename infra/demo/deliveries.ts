/** How a record is delivered. */
export const VARIANT = { original: 0, duplicate: 1, malformed: 2 } as const

/** What is needed to write one record; `at`, `who`, `a`, `b` mean what its trace says. */
export type Row = { trace: number; week: number; ordinal: number; at: number; who: number; a: number; b: number }

/** Sort keys hold a time within the week (30 bits) and a place in one double: this many places fit. */
const MAX_DELIVERIES = Math.floor(Number.MAX_SAFE_INTEGER / (8 * 86_400_000))

/** What arrives in one week, in columns: a week of a large district is millions of them. */
export class Deliveries {
  count = 0
  arrival = new Float64Array(1024)
  at = new Float64Array(1024)
  /** trace · 2^16 | variant · 2^9 | late · 2^8 | week of the record. */
  tag = new Uint32Array(1024)
  ordinal = new Uint32Array(1024)
  who = new Uint32Array(1024)
  a = new Uint32Array(1024)
  b = new Uint32Array(1024)

  push(arrival: number, row: Row, variant: number, late: boolean): void {
    if (this.count === this.arrival.length) this.#grow()
    const i = this.count++
    this.arrival[i] = arrival
    this.at[i] = row.at
    this.tag[i] = (row.trace << 16) | (variant << 9) | (late ? 256 : 0) | row.week
    this.ordinal[i] = row.ordinal
    this.who[i] = row.who
    this.a[i] = row.a
    this.b[i] = row.b
  }

  /** Copy delivery i into `row`. */
  read(i: number, row: Row): Row {
    const tag = this.tag[i]!
    row.trace = tag >>> 16
    row.week = tag & 255
    row.ordinal = this.ordinal[i]!
    row.at = this.at[i]!
    row.who = this.who[i]!
    row.a = this.a[i]!
    row.b = this.b[i]!
    return row
  }

  variant(i: number): number {
    return (this.tag[i]! >>> 9) & 3
  }

  late(i: number): boolean {
    return (this.tag[i]! & 256) !== 0
  }

  /** The numbers of the deliveries by arrival, equal ones as they were pushed. `from` is the week's first millisecond. */
  inOrder(from: number): Uint32Array {
    if (this.count > MAX_DELIVERIES)
      throw new RangeError(`${this.count} deliveries in a week; at most ${MAX_DELIVERIES}`)
    const keys = new Float64Array(this.count)
    for (let i = 0; i < this.count; i++) keys[i] = Math.floor(this.arrival[i]! - from) * MAX_DELIVERIES + i
    keys.sort()
    const order = new Uint32Array(this.count)
    for (let i = 0; i < this.count; i++) order[i] = keys[i]! % MAX_DELIVERIES
    return order
  }

  #grow(): void {
    const length = this.arrival.length * 2
    this.arrival = grown(this.arrival, new Float64Array(length))
    this.at = grown(this.at, new Float64Array(length))
    this.tag = grown(this.tag, new Uint32Array(length))
    this.ordinal = grown(this.ordinal, new Uint32Array(length))
    this.who = grown(this.who, new Uint32Array(length))
    this.a = grown(this.a, new Uint32Array(length))
    this.b = grown(this.b, new Uint32Array(length))
  }
}

export const emptyRow = (): Row => ({ trace: 0, week: 0, ordinal: 0, at: 0, who: 0, a: 0, b: 0 })

function grown<T extends Float64Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
