import type { Fault } from '../faults.ts'

/** What the doors that take item by item answer: how many were stored, and what is wrong with which of the others. */
export type RowsAnswer = {
  accepted: number
  /** Entities that were only described (Caliper): read and counted, not stored. */
  described?: number
  refused: Fault[]
}

/** How many items were refused: one may have several faults. */
export const refusedItems = (faults: readonly Fault[]): number => new Set(faults.map(({ index }) => index)).size
