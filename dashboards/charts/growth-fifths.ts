import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { drawnOnce, svg } from './svg.ts'

/** Share of students (0..1) in one fifth of the scale, with its interval. */
export type Fifth = { name: string; value: number; lo95: number; hi95: number }

const EVEN = 0.2

/** How growth percentiles are spread over the five fifths of the scale; the even 20% is marked. */
export const growthFifths: (chart: { label: string; names: readonly string[]; fifths: readonly Fifth[] }) => Html =
  drawnOnce(({ label, names, fifths }) => {
    const most = Math.max(0.4, ...fifths.map(({ hi95 }) => Math.ceil(hi95 * 10) / 10))
    const ticks = Array.from({ length: Math.round(most / 0.1) + 1 }, (_, i) => i / 10)
    return svg(
      {
        width: 440,
        height: 156,
        marginLeft: 44,
        marginRight: 16,
        marginTop: 10,
        marginBottom: 28,
        x: { domain: [...names], type: 'band', padding: 0.25, tickSize: 0, label: null },
        y: { domain: [0, most], ticks, tickFormat: (share: number) => `${Math.round(share * 100)}%`, tickSize: 0, label: null }, // prettier-ignore
        marks: [
          Plot.gridY(ticks, { className: 'grid' }),
          Plot.barY(fifths, { x: 'name', y: 'value', className: 'own bar' }),
          Plot.ruleX(fifths, { x: 'name', y1: 'lo95', y2: 'hi95', className: 'own whisker' }),
          Plot.ruleY([EVEN], { className: 'chosen' }),
        ],
      },
      label,
    )
  })
