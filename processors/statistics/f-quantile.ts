import { incompleteBeta } from './student-t.ts'

/**
 * Quantile of Fisher's F distribution.
 *
 * @param probability in (0, 1)
 * @param above degrees of freedom of the numerator, more than 0
 * @param below of the denominator
 * @returns to about ten digits
 */
export function fQuantile(probability: number, above: number, below: number): number {
  const distribution = (x: number): number => incompleteBeta((above * x) / (above * x + below), above / 2, below / 2)
  let low = 0
  let high = 2
  while (distribution(high) < probability) high *= 2
  // Halving needs no start and cannot miss.
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    if (distribution(middle) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
