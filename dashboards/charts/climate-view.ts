import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import type { Html } from '../html.ts'
import { axisOf, data, ticksOf, type Point, type Scale } from './series.ts'
import { drawnOnce, svg } from './svg.ts'
import { band, curve } from './weekly-trend.ts'

export type ClimateView = {
  label: string
  /** Week by week, or at the windows of a survey or test, which are not joined to a line. */
  weekly: boolean
  own: readonly Point[]
  district: readonly Point[]
  /** Both ends of the time that views beside each other share. */
  from: Day
  to: Day
  scale: Scale
}

/** One of several views of a unit over the same time: its estimate and interval over the district's. */
export const climateView: (view: ClimateView) => Html = drawnOnce(
  ({ label, weekly, own, district, from, to, scale }: ClimateView) => {
    const [front, behind] = [data(own), data(district)]
    return svg(
      {
        width: 440,
        height: 170,
        marginLeft: 44,
        marginRight: 16,
        marginTop: 12,
        marginBottom: 30,
        x: { type: 'utc', domain: [new Date(from), new Date(to)], ticks: 6, tickSize: 4, label: null },
        y: axisOf(scale),
        marks: [
          Plot.gridY(ticksOf(scale), { className: 'grid' }),
          ...(weekly
            ? [band(behind, 'district'), curve(behind, 'district'), band(front, 'own'), curve(front, 'own')]
            : [...dots(behind, 'district', 5), ...dots(front, 'own', 0)]),
        ],
      },
      label,
    )
  },
)

/** Side by side, so that one does not cover the other. */
const dots = (line: ReturnType<typeof data>, kind: string, dx: number): Plot.RenderableMark[] => [
  Plot.link(line, { x: 'week', y1: 'lo95', y2: 'hi95', dx, className: `${kind} whisker` }),
  Plot.dot(line, { x: 'week', y: 'value', r: 3.5, dx, className: `${kind} dot` }),
]
