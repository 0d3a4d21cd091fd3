import { escape, trusted, type Html } from '../html.ts'
import { drawnOnce } from './svg.ts'

export type Rhythm = {
  label: string
  /** Names of the rows and of the columns. */
  rows: readonly string[]
  columns: readonly string[]
  /** Rows × columns; how often. */
  counts: readonly (readonly number[])[]
  /** What is drawn full; at least 1. */
  most: number
}

const [LEFT, TOP, WIDTH, HEIGHT, GAP] = [96, 22, 66, 26, 3]

/** When somebody works: one field for each day of the week and part of the day, the fuller the more often, with the number in it. */
export const rhythm: (chart: Rhythm) => Html = drawnOnce(({ label, rows, columns, counts, most }: Rhythm) => {
  const width = LEFT + columns.length * WIDTH
  const height = TOP + rows.length * HEIGHT
  const heads = columns.map(
    (name, j) =>
      `<text x="${LEFT + j * WIDTH + (WIDTH - GAP) / 2}" y="${TOP - 8}" text-anchor="middle">${escape(name)}</text>`,
  )
  const fields = rows.flatMap((name, i) => [
    `<text x="${LEFT - 8}" y="${TOP + i * HEIGHT + HEIGHT / 2 + 3}" text-anchor="end">${escape(name)}</text>`,
    ...columns.map((_, j) => field(LEFT + j * WIDTH, TOP + i * HEIGHT, counts[i]![j]!, most)),
  ])
  return trusted(
    `<svg class="chart rhythm" role="img" aria-label="${escape(label)}" viewBox="0 0 ${width} ${height}">${heads.join('')}${fields.join('')}</svg>`,
  )
})

function field(x: number, y: number, count: number, most: number): string {
  const size = `x="${x}" y="${y}" width="${WIDTH - GAP}" height="${HEIGHT - GAP}" rx="2"`
  if (count === 0) return `<rect class="field none" ${size}/>`
  const full = Math.min(1, 0.2 + (0.8 * count) / Math.max(1, most))
  const text = `<text class="${full > 0.55 ? 'on-full' : 'on-light'}" x="${x + (WIDTH - GAP) / 2}" y="${y + HEIGHT / 2 + 3}" text-anchor="middle">${count}</text>`
  return `<rect class="field" ${size} fill-opacity="${full.toFixed(2)}"/>${text}`
}
