import type { Fault } from '../faults.ts'
import { MAX_TOLD } from './answers.ts'

/** What the doors that take item by item answer: how many were stored, and what is wrong with which of the others. */
export type RowsAnswer = {
  accepted: number
  /** Entities that were only described (Caliper): read and counted, not stored. */
  described?: number
  refused: Fault[]
  /** Faults beyond the first thousand: counted, and told in the dead letters only. */
  untold?: number
}

/** As it is answered. */
export function told<A extends RowsAnswer>(answer: A): A {
  const untold = answer.refused.length - MAX_TOLD
  return untold > 0 ? { ...answer, refused: answer.refused.slice(0, MAX_TOLD), untold } : answer
}

/** How many items were refused: one may have several faults. */
export const refusedItems = (faults: readonly Fault[]): number => new Set(faults.map(({ index }) => index)).size
