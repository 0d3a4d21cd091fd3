import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import type { Effort } from '../effort.ts'
import type { Random } from '../random.ts'

export type Door = 'xapi' | 'caliper' | 'interactions'

/** What delivers: each source has a credential of its own, as a district's tools do. */
export const SOURCES = {
  lms: { door: 'xapi' },
  tutor: { door: 'xapi' },
  reader: { door: 'caliper' },
  advising: { door: 'interactions' },
  attendance: { door: 'interactions' },
  assistant: { door: 'interactions' },
} as const satisfies Record<string, { door: Door }>

export type Source = keyof typeof SOURCES

/** Lay out one record: when it happens, whom it is about, and two numbers that the trace's own `write` understands. */
export type Emit = (at: number, who: number, a?: number, b?: number) => void

/** A way to break a record: the field that a right refusal names, and how. */
export type Fault<Parts> = { name: string; field: string; spoil: (parts: Parts) => void }

/**
 * One kind of record. A trace lays out the records of a week from what is planted, and writes each of them when it is
 * sent: between the two only a few numbers are kept.
 */
export type Trace = {
  /** Part of what a seed means: never reused, never changed, 1 … 255. */
  number: number
  name: string
  source: Source
  /** In how many ways its records can be broken; 0: never malformed. */
  faults: readonly { name: string; field: string }[]
  /** Call `emit` for each record of the week, always in the same order; `random` is the trace's to restart. */
  layOut(plan: District, effort: Effort, random: Random, emit: Emit): void
  /**
   * One record as JSON.
   * @param id its UUID
   * @param random a stream of this record's own
   * @param fault number of the fault to build in; −1: none
   */
  write(plan: District, row: Row, id: string, random: Random, fault: number): string
}
