import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { drawnOnce, svg } from './svg.ts'

/** One group of students, or one window: estimate and interval on the scale of percentiles. */
export type GrowthDot = { name: string; value: number; lo95: number; hi95: number }

const ROW = 30
const TYPICAL = 50

/**
 * Mean growth percentiles with their intervals, one under the other on one scale, the typical 50 marked: lowest and highest
 * starters in the same picture.
 */
export const growthDots: (chart: { label: string; dots: readonly GrowthDot[] }) => Html = drawnOnce(
  ({ label, dots }) => {
    const names = dots.map(({ name }) => name)
    // Few students leave an interval that the usual frame does not hold.
    const wide = dots.some(({ lo95, hi95 }) => lo95 < 20 || hi95 > 80)
    const [least, most] = wide ? [1, 99] : [20, 80]
    const ticks = [least, 35, TYPICAL, 65, most]
    return svg(
      {
        width: 440,
        height: 36 + ROW * dots.length,
        marginLeft: 150,
        marginRight: 16,
        marginTop: 6,
        marginBottom: 28,
        x: { domain: [least, most], ticks, tickSize: 4, label: null },
        y: { domain: names, type: 'band', tickSize: 0, label: null },
        marks: [
          Plot.gridX(ticks, { className: 'grid' }),
          Plot.ruleX([TYPICAL], { className: 'chosen' }),
          Plot.ruleY(dots, { y: 'name', x1: 'lo95', x2: 'hi95', className: 'own whisker' }),
          Plot.dot(dots, { y: 'name', x: 'value', r: 4, className: 'own dot' }),
        ],
      },
      label,
    )
  },
)
