import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import { axisOf, data, ticksOf, type Datum, type Point, type Scale } from '../charts/series.ts'
import { drawnOnce, svg } from '../charts/svg.ts'
import { band, curve } from '../charts/weekly-trend.ts'
import type { Html } from '../html.ts'

export type Panel = {
  /** What the picture shows, for those who do not see it. */
  label: string
  line: readonly Point[]
  /** The line that the others are held beside, dashed behind this one. */
  behind?: readonly Point[]
  /** The period that is read out; none: nothing is marked. */
  chosen?: Day
  scale: Scale
  /** First and last day of the time axis, the same in all panels. */
  time: readonly [Day, Day]
}

export const PANEL = { width: 440, height: 190 } as const
/** Below this many periods each interval stands as a line of its own: a band would invent what lies between. */
const FEW = 13

/** One line of a comparison: estimate, 95 % interval, gaps where there is none. */
export const panel: (drawn: Panel) => Html = drawnOnce(({ label, line, behind, chosen, scale, time }: Panel) => {
  const own = data(line)
  const other = behind && data(behind)
  const few = line.length < FEW
  const [from, to] = time.map(day => new Date(day)) as [Date, Date]
  const years = to.getTime() - from.getTime() > 400 * 86_400_000
  const interval = (of: Datum[], kind: string): Plot.Markish[] =>
    few
      ? [Plot.link(of, { x: 'week', y1: 'lo95', y2: 'hi95', className: `${kind} whisker` }), curve(of, kind)]
      : [band(of, kind), curve(of, kind)]
  return svg(
    {
      ...PANEL,
      marginLeft: 48,
      marginRight: 12,
      marginTop: 12,
      marginBottom: 26,
      x: {
        type: 'utc',
        domain: [from, to],
        ticks: years ? '6 months' : 'month',
        tickFormat: years ? '%b %Y' : '%b',
        tickSize: 4,
        label: null,
        inset: few ? 12 : 0,
      },
      y: axisOf(scale),
      marks: [
        Plot.gridY(ticksOf(scale), { className: 'grid' }),
        ...(chosen ? [Plot.ruleX([new Date(chosen)], { className: 'chosen' })] : []),
        ...(other ? interval(other, 'district') : []),
        ...interval(own, 'own'),
        Plot.dot(own, { x: 'week', y: 'value', r: few ? 4 : 1.6, filter: isDot(few, false), className: 'own dot' }),
        Plot.dot(own, { x: 'week', y: 'value', r: few ? 4 : 2.2, filter: isDot(few, true), className: 'own hollow' }),
      ],
    },
    label,
  )
})

/** Dots where a line alone would not show a figure; hollow where few students stand behind it. */
const isDot =
  (few: boolean, small: boolean) =>
  (d: Datum): boolean =>
    d.small === small && (few || small || d.alone)
