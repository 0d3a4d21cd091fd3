/** A smooth function of few parameters: its value at `x`; its gradient is written into `gradient`. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number

export type Minimum = {
  x: Float64Array
  value: number
  /** False: no point was found at which a Newton step would gain less than `gain`. */
  converged: boolean
  evaluations: number
  /** By how much a further Newton step would lower the value. */
  gain: number
}

const GAIN = 1e-10
const STEPS = 200
const NEWTON_STEPS = 10

/**
 * Least value of a smooth function: BFGS (Nocedal & Wright 2006, algorithm 6.1, with halving line search), then Newton steps
 * on a Hessian of gradient differences, which are also the check: a minimum is where a further step would gain less than 1e-10.
 * Where that fails, the simplex of Nelder and Mead (1965) goes on from the best point and Newton steps try again.
 */
export function minimise(f: Smooth, start: Float64Array): Minimum {
  let evaluations = 0
  const counted: Smooth = (x, gradient) => {
    evaluations++
    return f(x, gradient)
  }
  const first = newton(counted, bfgs(counted, start))
  if (first.converged) return { ...first, evaluations }
  const second = newton(counted, simplex(counted, first.x))
  return { ...(second.converged || second.value < first.value ? second : first), evaluations }
}

function bfgs(f: Smooth, start: Float64Array): Float64Array {
  const size = start.length
  let x: Float64Array = start.slice()
  let gradient: Float64Array = new Float64Array(size)
  let value = f(x, gradient)
  let inverse = scaledIdentity(size, 1 / Math.max(1, 10 * norm(gradient)))
  for (let step = 0; step < STEPS; step++) {
    let direction = times(inverse, gradient).map(part => -part)
    if (dot(direction, gradient) >= 0) {
      inverse = scaledIdentity(size, 1 / Math.max(1, 10 * norm(gradient)))
      direction = gradient.map(part => -part / Math.max(1, 10 * norm(gradient)))
    }
    const slope = dot(direction, gradient)
    if (-slope < 1e-6) break
    const next = lineSearch(f, x, value, direction, slope)
    if (next === null) break
    const moved = next.x.map((part, k) => part - x[k]!)
    const turned = next.gradient.map((part, k) => part - gradient[k]!)
    const curvature = dot(moved, turned)
    if (curvature > 0) {
      if (step === 0) inverse = scaledIdentity(size, curvature / dot(turned, turned))
      update(inverse, moved, turned, curvature)
    }
    ;({ x, value, gradient } = next)
  }
  return x
}

/** A point far enough below (Armijo); null where even the smallest step is not. */
function lineSearch(f: Smooth, from: Float64Array, value: number, direction: Float64Array, slope: number) {
  const gradient = new Float64Array(from.length)
  for (let length = 1; length > 1e-12; length /= 2) {
    const x = from.map((part, k) => part + length * direction[k]!)
    const there = f(x, gradient)
    if (there <= value + 1e-4 * length * slope) return { x, value: there, gradient }
  }
  return null
}

/** The BFGS update of an inverse Hessian, in place. */
function update(inverse: Float64Array[], moved: Float64Array, turned: Float64Array, curvature: number): void {
  const carried = times(inverse, turned)
  const weight = (1 + dot(turned, carried) / curvature) / curvature
  for (let row = 0; row < moved.length; row++)
    for (let column = 0; column < moved.length; column++)
      inverse[row]![column]! +=
        weight * moved[row]! * moved[column]! -
        (carried[row]! * moved[column]! + moved[row]! * carried[column]!) / curvature
}

function newton(f: Smooth, start: Float64Array): Omit<Minimum, 'evaluations'> {
  let x = start
  const gradient = new Float64Array(x.length)
  let value = f(x, gradient)
  let gain = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < NEWTON_STEPS; tries++) {
    const step = solvePositive(hessian(f, x, gradient), gradient)
    if (step === null) break
    gain = dot(step, gradient) / 2
    if (gain < GAIN) return { x, value, converged: true, gain }
    const there = x.map((part, k) => part - step[k]!)
    const next = f(there, gradient)
    // Rounding hides gains that are small beside the value itself.
    if (!(next <= value + 1e-13 * Math.abs(value))) break
    x = there
    value = next
  }
  return { x, value, converged: false, gain }
}

function hessian(f: Smooth, x: Float64Array, gradient: Float64Array): Float64Array[] {
  const there = new Float64Array(x.length)
  const rows = Array.from(x, (part, k) => {
    const step = 1e-6 * Math.max(0.1, Math.abs(part))
    const near = x.slice()
    near[k]! += step
    f(near, there)
    return there.map((value, at) => (value - gradient[at]!) / step)
  })
  return rows.map((row, i) => row.map((value, j) => (value + rows[j]![i]!) / 2))
}

/** Solve Hs = g by Cholesky; null where H has a direction that does not rise. Flat directions are left alone. */
function solvePositive(matrix: readonly Float64Array[], right: Float64Array): Float64Array | null {
  const size = right.length
  const most = Math.max(...matrix.map((row, k) => Math.abs(row[k]!)))
  const factor = matrix.map(row => row.slice())
  const solution = right.slice()
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!
      for (let k = 0; k < j; k++) sum -= factor[i]![k]! * factor[j]![k]!
      if (i !== j) factor[i]![j] = sum / factor[j]![j]!
      else if (sum < -1e-6 * most) return null
      else factor[i]![i] = Math.sqrt(Math.max(sum, 1e-9 * most))
    }
    for (let k = 0; k < i; k++) solution[i]! -= factor[i]![k]! * solution[k]!
    solution[i]! /= factor[i]![i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) solution[i]! -= factor[k]![i]! * solution[k]!
    solution[i]! /= factor[i]![i]!
  }
  return solution
}

function simplex(f: Smooth, start: Float64Array): Float64Array {
  const ignored = new Float64Array(start.length)
  const corner = (x: Float64Array) => ({ x, value: f(x, ignored) })
  const corners = [start, ...Array.from(start, (_, k) => start.map((part, at) => (at === k ? part + 0.2 : part)))].map(
    corner,
  )
  for (let step = 0; step < 10 * STEPS; step++) {
    corners.sort((one, other) => one.value - other.value)
    const best = corners[0]!
    const worst = corners.at(-1)!
    if (worst.value - best.value < 1e-9) break
    const middle = start.map((_, k) => corners.slice(0, -1).reduce((sum, { x }) => sum + x[k]!, 0) / start.length)
    const along = (way: number) => corner(middle.map((part, k) => part + way * (worst.x[k]! - part)))
    let next = along(-1)
    if (next.value < best.value) {
      const further = along(-2)
      if (further.value < next.value) next = further
    } else if (next.value >= corners.at(-2)!.value) {
      next = along(next.value < worst.value ? -0.5 : 0.5)
    }
    if (next.value < worst.value) corners[corners.length - 1] = next
    else
      for (let k = 1; k < corners.length; k++)
        corners[k] = corner(corners[k]!.x.map((part, at) => (part + best.x[at]!) / 2))
  }
  return corners.reduce((best, one) => (one.value < best.value ? one : best)).x
}

const dot = (one: Float64Array, other: Float64Array): number =>
  one.reduce((sum, value, k) => sum + value * other[k]!, 0)
const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector))
const times = (matrix: readonly Float64Array[], vector: Float64Array): Float64Array =>
  vector.map((_, k) => dot(matrix[k]!, vector))
const scaledIdentity = (size: number, value: number): Float64Array[] =>
  Array.from({ length: size }, (_, row) => new Float64Array(size).map((_, column) => (row === column ? value : 0)))
