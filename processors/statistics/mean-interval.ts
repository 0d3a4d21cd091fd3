import { studentTQuantile } from './student-t.ts'

/**
 * Mean with its standard error s / √n and 95 % interval by Student's t (indicators 0, every weight 1).
 * @returns null below two values, or where all are equal: then nothing says how sure the mean is
 */
export function meanInterval(
  values: ArrayLike<number>,
): { n: number; value: number; se: number; lo95: number; hi95: number } | null {
  const n = values.length
  if (n < 2) return null
  const all = Float64Array.from(values)
  const value = all.reduce((sum, one) => sum + one, 0) / n
  const squares = all.reduce((sum, one) => sum + (one - value) ** 2, 0)
  if (squares <= 1e-24 * n * value ** 2 || squares === 0) return null
  const se = Math.sqrt(squares / (n - 1) / n)
  const half = studentTQuantile(0.975, n - 1) * se
  return { n, value, se, lo95: value - half, hi95: value + half }
}
