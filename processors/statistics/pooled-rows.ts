import { choleskyInPlace, forwardSolve } from './linear-solve.ts'
import { gram, spread, type SparseRows } from './sparse-rows.ts'

/**
 * A table of which some rows are kept one by one and the others are pooled into two: the sum of those below a fit and the sum of
 * those above it. As long as no pooled row changes its side, a fit of these few rows is one of all (Portnoy & Koenker 1997).
 */
export type PooledRows = {
  x: SparseRows
  y: Float64Array
  /** -1 pooled below the fit, 1 above it, 0 kept. */
  side: Int8Array
  /** What `pool` makes of it: kept rows, then at most two dense ones. */
  near: SparseRows
  nearY: Float64Array
}

/** Room to pool the rows of a table again and again; all are kept at first. */
export function pooledRows(x: SparseRows, y: Float64Array): PooledRows {
  return { x, y, side: new Int8Array(x.count), near: roomFor(x), nearY: new Float64Array(x.count + 2) }
}

/** Copies the rows to be kept into `near`, and sums the others, one dense row per side. */
export function pool({ x, y, side, near, nearY }: PooledRows): void {
  const { width, values, begins, runColumns, columns } = x
  const pooled = near.dense.fill(0)
  let below = 0
  let above = 0
  let belowY = 0
  let aboveY = 0
  let count = 0
  for (let run = 0; run < x.runs; run++) {
    near.begins[run] = count
    const end = begins[run + 1]!
    for (let row = begins[run]!; row < end; row++) {
      const which = side[row]!
      const from = row * width
      if (which === 0) {
        const to = count * width
        for (let j = 0; j < width; j++) near.values[to + j] = values[from + j]!
        nearY[count++] = y[row]!
        continue
      }
      if (which < 0) {
        below++
        belowY += y[row]!
      } else {
        above++
        aboveY += y[row]!
      }
      const to = which < 0 ? 0 : columns
      for (let j = 0; j < width; j++) pooled[to + runColumns[run * width + j]!]! += values[from + j]!
    }
  }
  near.begins[x.runs] = count
  near.count = count
  near.denseCount = 0
  if (below > 0) nearY[count + near.denseCount++] = belowY
  else pooled.copyWithin(0, columns)
  if (above > 0) nearY[count + near.denseCount++] = aboveY
}

/** Width of the confidence band of a fit at every row, up to a factor: sqrt(x' (X'X)^-1 x). */
export function bands(x: SparseRows): Float64Array {
  const { columns } = x
  const factor = new Float64Array(columns ** 2)
  gram(x, new Float64Array(x.count).fill(1), factor)
  choleskyInPlace(factor, columns)
  const row = new Float64Array(columns)
  const out = new Float64Array(x.count)
  for (let run = 0; run < x.runs; run++) {
    for (let i = x.begins[run]!; i < x.begins[run + 1]!; i++) {
      spread(x, i, run, row, 0)
      forwardSolve(factor, columns, row)
      let square = 0
      for (let j = 0; j < columns; j++) square += row[j]! ** 2
      out[i] = Math.sqrt(square)
    }
  }
  return out
}

function roomFor(x: SparseRows): SparseRows {
  return {
    ...x,
    values: new Float64Array(x.values.length),
    begins: new Int32Array(x.begins.length),
    dense: new Float64Array(2 * x.columns),
  }
}
