import { estimate, type Estimate } from './finite-mean.ts'
import { studentTDistribution } from './student-t.ts'

/**
 * Difference of two means that were asked of different people (of the same ones it is less sure than it says): standard error
 * √(SE₁² + SE₂²), degrees of freedom after Welch and Satterthwaite.
 *
 * @returns `p`: two-sided; null if either mean is not known or neither has an error
 */
export function difference(
  one: Pick<Estimate, 'value' | 'se' | 'freedom'> | null,
  other: Pick<Estimate, 'value' | 'se' | 'freedom'> | null,
): (Estimate & { p: number }) | null {
  if (one === null || other === null) return null
  const [a, b] = [one.se ** 2, other.se ** 2]
  if (a + b === 0) return null
  const freedom = (a + b) ** 2 / (a ** 2 / one.freedom + b ** 2 / other.freedom)
  const found = estimate(one.value - other.value, Math.sqrt(a + b), freedom)
  return { ...found, p: 2 * studentTDistribution(-Math.abs(found.value / found.se), freedom) }
}
