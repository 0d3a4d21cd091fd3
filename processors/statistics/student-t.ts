/**
 * Quantile of Student's t distribution.
 *
 * @param probability in (0, 1)
 * @param freedom degrees of freedom, at least 1; need not be whole
 * @returns to about ten digits
 */
export function studentTQuantile(probability: number, freedom: number): number {
  if (probability === 0.5) return 0
  if (probability < 0.5) return -studentTQuantile(1 - probability, freedom)
  let low = 0
  let high = 2
  while (studentTDistribution(high, freedom) < probability) high *= 2
  // Halving needs no start and cannot miss; sixty steps reach the last digit.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (studentTDistribution(middle, freedom) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Distribution function of Student's t: the probability of a value up to t.
 *
 * @param freedom degrees of freedom, at least 1; need not be whole
 * @returns to about 14 digits, small probabilities too
 */
export function studentTDistribution(t: number, freedom: number): number {
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  return t < 0 ? tail : 1 - tail
}

/** Regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) with Lentz's algorithm. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 1000; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d)
      c = 1 + term / c
      fraction *= d * c
    }
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return front * fraction
}

/** Lanczos, g = 7, nine terms: 15 digits. */
function logGamma(x: number): number {
  let sum = LANCZOS[0]!
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x - 1 + i)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
