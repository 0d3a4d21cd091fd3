/**
 * Rows of a design matrix of which few columns are not zero, the same columns over a run of neighbouring rows: for products
 * of splines, the rows of one cell between knots. A few dense rows may follow.
 */
export type SparseRows = {
  /** Sparse rows. */
  count: number
  columns: number
  /** Values that are kept of every sparse row. */
  width: number
  /** count × width. */
  values: Float64Array
  runs: number
  /** Where every run begins, then where the last one ends. */
  begins: Int32Array
  /** runs × width: to which column each value belongs. */
  runColumns: Int32Array
  denseCount: number
  /** denseCount × columns. */
  dense: Float64Array
  /** Room for sums over a run: width × (width + 1) / 2. */
  scratch: Float64Array
}

/** X b, into `out`: sparse rows, then dense ones. */
export function times(x: SparseRows, b: Float64Array, out: Float64Array): void {
  const { width, values, begins, runColumns, columns, dense, count, denseCount } = x
  const local = x.scratch
  for (let run = 0; run < x.runs; run++) {
    for (let j = 0; j < width; j++) local[j] = b[runColumns[run * width + j]!]!
    const end = begins[run + 1]!
    for (let row = begins[run]!, at = row * width; row < end; row++) {
      let sum = 0
      for (let j = 0; j < width; j++) sum += values[at++]! * local[j]!
      out[row] = sum
    }
  }
  for (let row = 0; row < denseCount; row++) {
    let sum = 0
    for (let j = 0; j < columns; j++) sum += dense[row * columns + j]! * b[j]!
    out[count + row] = sum
  }
}

/** X' w, into `out`. */
export function timesTransposed(x: SparseRows, w: Float64Array, out: Float64Array): void {
  const { width, values, begins, runColumns, columns, dense, count, denseCount } = x
  const local = x.scratch
  out.fill(0)
  for (let run = 0; run < x.runs; run++) {
    local.fill(0)
    const end = begins[run + 1]!
    for (let row = begins[run]!, at = row * width; row < end; row++) {
      const weight = w[row]!
      for (let j = 0; j < width; j++) local[j]! += weight * values[at++]!
    }
    for (let j = 0; j < width; j++) out[runColumns[run * width + j]!]! += local[j]!
  }
  for (let row = 0; row < denseCount; row++) {
    const weight = w[count + row]!
    for (let j = 0; j < columns; j++) out[j]! += weight * dense[row * columns + j]!
  }
}

/** X' diag(q) X, the lower triangle, into `out` (columns × columns). */
export function gram(x: SparseRows, q: Float64Array, out: Float64Array): void {
  const { width, values, begins, runColumns, columns, dense, count, denseCount } = x
  const local = x.scratch
  out.fill(0)
  for (let run = 0; run < x.runs; run++) {
    const from = begins[run]!
    const end = begins[run + 1]!
    if (from === end) continue
    local.fill(0)
    for (let row = from; row < end; row++) {
      const first = row * width
      const weight = q[row]!
      let into = 0
      for (let j = 0; j < width; j++) {
        const weighted = weight * values[first + j]!
        for (let k = 0; k <= j; k++) local[into++]! += weighted * values[first + k]!
      }
    }
    scatter(local, runColumns, run * width, width, out, columns)
  }
  for (let row = 0; row < denseCount; row++) {
    const weight = q[count + row]!
    const first = row * columns
    for (let j = 0; j < columns; j++) {
      const weighted = weight * dense[first + j]!
      for (let k = 0; k <= j; k++) out[j * columns + k]! += weighted * dense[first + k]!
    }
  }
}

/** Adds the triangle of a run where its columns are. */
function scatter(
  local: Float64Array,
  runColumns: Int32Array,
  first: number,
  width: number,
  out: Float64Array,
  columns: number,
): void {
  let from = 0
  for (let j = 0; j < width; j++) {
    const row = runColumns[first + j]!
    for (let k = 0; k <= j; k++) {
      const column = runColumns[first + k]!
      out[row < column ? column * columns + row : row * columns + column]! += local[from++]!
    }
  }
}

/** A sparse row in all its columns, into `out[at, at + columns)`. */
export function spread(x: SparseRows, row: number, run: number, out: Float64Array, at: number): void {
  const { width, values, runColumns, columns } = x
  out.fill(0, at, at + columns)
  for (let j = 0; j < width; j++) out[at + runColumns[run * width + j]!]! += values[row * width + j]!
}

/**
 * Neighbouring rows that are alike, y included, as one row multiplied by how many there were. For a loss that is linear in the size
 * of a residual nothing changes by it; where scores are coarse, most rows go.
 */
export function mergeEqual(x: SparseRows, y: Float64Array): { x: SparseRows; y: Float64Array } {
  const { width, runs, begins } = x
  const values = new Float64Array(x.values.length)
  const merged = { ...x, values, begins: new Int32Array(begins.length), count: 0 }
  const mergedY = new Float64Array(y.length)
  for (let run = 0; run < runs; run++) {
    merged.begins[run] = merged.count
    for (let row = begins[run]!; row < begins[run + 1]!;) {
      let next = row + 1
      while (next < begins[run + 1]! && areAlike(x, y, row, next)) next++
      for (let j = 0; j < width; j++) values[merged.count * width + j] = (next - row) * x.values[row * width + j]!
      mergedY[merged.count++] = (next - row) * y[row]!
      row = next
    }
  }
  merged.begins[runs] = merged.count
  return { x: merged, y: mergedY.subarray(0, merged.count) }
}

function areAlike({ values, width }: SparseRows, y: Float64Array, row: number, other: number): boolean {
  if (y[row] !== y[other]) return false
  for (let j = 0; j < width; j++) if (values[row * width + j] !== values[other * width + j]) return false
  return true
}
