import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FOLDER = new URL('../reference/growth/', import.meta.url)

/** Scores, and what R made of them (sgp.R). */
export type Reference = {
  priors: [Float64Array, Float64Array]
  score: Float64Array
  sgp: Uint8Array
  columns: Record<string, string[]>
  /** One per quantile: R's coefficients and its loss. */
  fits: { tau: number; loss: number; coefficients: number[] }[]
  /** R's design matrix, first rows. */
  basis: number[][]
}

export function reference(name: 'egsingle' | 'continuous' | 'whole'): Reference {
  const columns = columnsOf(zipped(`sgp-${name}.csv.gz`))
  const numbers = (column: string): Float64Array => Float64Array.from(columns[column]!, Number)
  return {
    priors: [numbers('p1'), numbers('p2')],
    score: numbers('y'),
    sgp: Uint8Array.from(columns.sgp!, Number),
    columns,
    fits: zipped(`sgp-${name}-fits.csv.gz`)
      .map(line => line.split(',').map(Number))
      .map(([tau, loss, ...coefficients]) => ({ tau: tau!, loss: loss!, coefficients })),
    basis: readFileSync(new URL(`sgp-${name}-basis.csv`, FOLDER), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => line.split(',').map(Number)),
  }
}

const zipped = (file: string): string[] =>
  gunzipSync(readFileSync(new URL(file, FOLDER)))
    .toString()
    .trimEnd()
    .split('\n')

function columnsOf([head = '', ...lines]: string[]): Record<string, string[]> {
  const rows = lines.map(line => line.split(','))
  return Object.fromEntries(head.split(',').map((name, i) => [name, rows.map(row => row[i]!)]))
}
