import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { drawnOnce, svg } from './svg.ts'

/** One student: the score that growth begins from, the growth percentile, and its range where the test says its error. */
export type Starter = { prior: number; value: number; lo: number | null; hi: number | null }

const [WIDTH, HEIGHT] = [440, 230]
const TICKS = [1, 35, 50, 65, 99]

/** Who started where, and how they grew: low and high starters in one picture, the typical 50 marked. */
export const growthStarters: (chart: { label: string; starters: readonly Starter[] }) => Html = drawnOnce(
  ({ label, starters }) => {
    const ranged = starters.filter(({ lo, hi }) => lo !== null && hi !== null)
    return svg(
      {
        width: WIDTH,
        height: HEIGHT,
        marginLeft: 44,
        marginRight: 16,
        marginTop: 14,
        marginBottom: 40,
        x: { label: 'Earlier score', labelAnchor: 'center', labelArrow: 'none', nice: true, ticks: 5, tickSize: 4 },
        y: { domain: [1, 99], ticks: TICKS, tickSize: 0, label: null },
        marks: [
          Plot.gridY(TICKS, { className: 'grid' }),
          Plot.ruleY([50], { className: 'chosen' }),
          Plot.ruleX(ranged, { x: 'prior', y1: 'lo', y2: 'hi', className: 'own thin whisker' }),
          Plot.dot(starters, { x: 'prior', y: 'value', r: 3.5, className: 'own dot' }),
        ],
      },
      label,
    )
  },
)
