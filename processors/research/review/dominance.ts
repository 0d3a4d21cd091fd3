import type { Columns } from './columns.ts'
import { fileRow, numberOf, type Finding, type OutputTable } from './table.ts'

/** Of a sum: the share above which the largest contribution dominates it, and how near the second may come to it. */
export const DOMINANCE = { share: 0.5, p: 0.15 } as const

/**
 * Sums that tell of one contributor: (n,k) with n = 1, where one person contributes more than half; and the p% rule, where the second
 * largest contributor, who knows their own part, would know the largest within 15 %. Contributions are those of one person or school.
 *
 * Source: Hundepool et al., Statistical Disclosure Control (2012), 4.2
 */
export function dominated({ columns, rows }: OutputTable, { dominance }: Columns): Finding[] {
  if (dominance === null) return []
  return rows.flatMap((row, at): Finding[] => {
    const [sum, largest, second] = [dominance.sum, dominance.largest, dominance.second].map(column =>
      column === null ? null : numberOf(row[column] ?? ''),
    )
    if (typeof sum !== 'number' || typeof largest !== 'number' || sum <= 0) return []
    const why = whyDominated(sum, largest, second ?? null)
    if (why === null) return []
    const next = 'put the group together with another, or leave out the sum and its largest contribution'
    return [{ row: fileRow(at), column: columns[dominance.sum]!, rule: 'dominance', why, next }]
  })
}

/** @param second null: not known, so that only the (n,k) rule is asked */
export function whyDominated(sum: number, largest: number, second: number | null): string | null {
  const share = largest / sum
  if (share > DOMINANCE.share) return `one contributor has ${Math.round(share * 100)} % of ${sum}`
  if (second === null) return null
  const others = sum - largest - second
  return others < DOMINANCE.p * largest
    ? `the second largest contributor can tell the largest within ${Math.round((100 * Math.max(0, others)) / largest)} %, expected ${DOMINANCE.p * 100} % or more`
    : null
}
