import { escape, trusted, type Html } from '../html.ts'
import { drawnOnce } from './svg.ts'

/** Shares of one whole, 0 to 1, in the order of the picture; `kind` names the colour. */
export type Part = { name: string; share: number; kind: string }

const [WIDTH, HEIGHT] = [640, 26]

/** One bar in parts; what each part is, the key beside it and the table say. */
export const modeBar: (chart: { label: string; parts: readonly Part[] }) => Html = drawnOnce(({ label, parts }) => {
  let x = 0
  const drawn = parts.map(({ share, kind }) => {
    const width = share * WIDTH
    const rect = `<rect class="mode ${escape(kind)}" x="${x.toFixed(1)}" y="0" width="${Math.max(0, width - 2).toFixed(1)}" height="${HEIGHT}"/>`
    x += width
    return rect
  })
  return trusted(
    `<svg class="chart mode-bar" role="img" aria-label="${escape(label)}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${drawn.join('')}</svg>`,
  )
})
