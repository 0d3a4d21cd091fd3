import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import { noteMarks, type Mark } from '../charts/marks.ts'
import { axisOf, data, ticksOf, type Datum, type Point, type Scale } from '../charts/series.ts'

export type Panel = {
  /** What the picture shows, for those who do not see it. */
  label: string
  line: readonly Point[]
  /** The line that the others are held beside, dashed behind this one. */
  behind?: readonly Point[]
  /** The period that is read out; none: nothing is marked. */
  chosen?: Day
  scale: Scale
  /** Dated notes, told in a list under the pictures. */
  marks?: readonly Mark[]
  /** First and last day of the time axis, the same in all panels. */
  time: readonly [Day, Day]
}

export const PANEL = { width: 440, height: 190 } as const
const [LEFT, RIGHT] = [48, 28]
/** Below this many periods each interval stands as a line of its own: a band would invent what lies between. */
const FEW = 13

/**
 * One line of a comparison: estimate, 95 % interval, gaps where there is none. The same on the server and in the browser.
 * @param more marks on top
 */
export function panelOptions(
  { line, behind, chosen, scale, time, marks = [] }: Omit<Panel, 'label'>,
  more: (own: Datum[]) => Plot.Markish[] = () => [],
): Plot.PlotOptions {
  const own = data(line)
  const other = behind && data(behind)
  const few = line.length < FEW
  const interval = (of: Datum[], kind: string): Plot.Markish[] => [
    few
      ? Plot.link(of, { x: 'week', y1: 'lo95', y2: 'hi95', className: `${kind} whisker` })
      : Plot.areaY(of, { x: 'week', y1: 'lo95', y2: 'hi95', className: `${kind} band` }),
    Plot.lineY(of, { x: 'week', y: 'value', className: `${kind} curve` }),
  ]
  return {
    ...PANEL,
    marginLeft: LEFT,
    marginRight: RIGHT,
    // Room for the numbers of notes.
    marginTop: 14,
    marginBottom: 26,
    x: timeAxis(time, few),
    y: axisOf(scale),
    marks: [
      Plot.gridY(ticksOf(scale), { className: 'grid' }),
      ...noteMarks(marks, scale, (PANEL.width - LEFT - RIGHT) / Math.max(1, line.length - 1)),
      ...(chosen ? [Plot.ruleX([new Date(chosen)], { className: 'chosen' })] : []),
      ...(other ? interval(other, 'district') : []),
      ...interval(own, 'own'),
      Plot.dot(own, { x: 'week', y: 'value', r: few ? 4 : 1.6, filter: isDot(few, false), className: 'own dot' }),
      Plot.dot(own, { x: 'week', y: 'value', r: few ? 4 : 2.2, filter: isDot(few, true), className: 'own hollow' }),
      ...more(own),
    ],
  }
}

function timeAxis(time: Panel['time'], few: boolean): Plot.ScaleOptions {
  const [from, to] = time.map(day => new Date(day)) as [Date, Date]
  const isLong = to.getTime() - from.getTime() > 400 * 86_400_000
  return {
    type: 'utc',
    domain: [from, to],
    ticks: isLong ? '6 months' : 'month',
    tickFormat: isLong ? '%b %Y' : '%b',
    tickSize: 4,
    label: null,
    inset: few ? 12 : 0,
  }
}

/** Dots where a line alone would not show a figure; hollow where few students stand behind it. */
const isDot =
  (few: boolean, small: boolean) =>
  (d: Datum): boolean =>
    d.small === small && (few || small || d.alone)
