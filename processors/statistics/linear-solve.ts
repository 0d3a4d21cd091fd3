/**
 * Small dense systems in place, without allocation. Matrices are row by row, size × size.
 */

/** Beyond this a pivot is taken for zero: its direction is left out, as interior-point codes do. */
const NO_PIVOT = 1e-300
const LEFT_OUT = 1e150

/**
 * Cholesky factor of a positive semi-definite matrix, lower triangle in place.
 *
 * @returns the smallest pivot relative to its diagonal element before elimination: near 0, the matrix is singular
 */
export function choleskyInPlace(a: Float64Array, size: number): number {
  let smallest = 1
  for (let j = 0; j < size; j++) {
    const diagonal = a[j * size + j]!
    let pivot = diagonal
    for (let k = 0; k < j; k++) pivot -= a[j * size + k]! ** 2
    smallest = Math.min(smallest, diagonal > 0 ? pivot / diagonal : 0)
    const root = pivot > NO_PIVOT ? Math.sqrt(pivot) : LEFT_OUT
    a[j * size + j] = root
    for (let i = j + 1; i < size; i++) {
      let sum = a[i * size + j]!
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!
      a[i * size + j] = sum / root
    }
  }
  return smallest
}

/** Solves L L' x = b in place. */
export function choleskySolve(l: Float64Array, size: number, b: Float64Array): void {
  forwardSolve(l, size, b)
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i]!
    for (let k = i + 1; k < size; k++) sum -= l[k * size + i]! * b[k]!
    b[i] = sum / l[i * size + i]!
  }
}

/** Solves L x = b in place. */
export function forwardSolve(l: Float64Array, size: number, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i]!
    for (let k = 0; k < i; k++) sum -= l[i * size + k]! * b[k]!
    b[i] = sum / l[i * size + i]!
  }
}

/**
 * Inverse of a matrix by Gauss-Jordan with partial pivoting.
 *
 * @param a destroyed
 * @param out the inverse
 * @returns false if the matrix is singular to working precision
 */
export function invert(a: Float64Array, size: number, out: Float64Array): boolean {
  out.fill(0)
  for (let i = 0; i < size; i++) out[i * size + i] = 1
  for (let j = 0; j < size; j++) {
    let best = j
    for (let i = j + 1; i < size; i++) if (Math.abs(a[i * size + j]!) > Math.abs(a[best * size + j]!)) best = i
    const pivot = a[best * size + j]!
    if (!(Math.abs(pivot) > 1e-13)) return false
    swapRows(a, size, j, best)
    swapRows(out, size, j, best)
    for (let k = 0; k < size; k++) {
      a[j * size + k]! /= pivot
      out[j * size + k]! /= pivot
    }
    for (let i = 0; i < size; i++) {
      const factor = a[i * size + j]!
      if (i === j || factor === 0) continue
      for (let k = 0; k < size; k++) {
        a[i * size + k]! -= factor * a[j * size + k]!
        out[i * size + k]! -= factor * out[j * size + k]!
      }
    }
  }
  return true
}

function swapRows(a: Float64Array, size: number, i: number, j: number): void {
  if (i === j) return
  for (let k = 0; k < size; k++) {
    const held = a[i * size + k]!
    a[i * size + k] = a[j * size + k]!
    a[j * size + k] = held
  }
}
