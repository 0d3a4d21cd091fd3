import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import type { Html } from '../html.ts'
import { marksSaid, noteMarks, type Mark } from './marks.ts'
import { axisOf, data, ticksOf, type Datum, type Point, type Scale } from './series.ts'
import { drawnOnce, svg } from './svg.ts'

export type Trend = {
  /** What the picture shows, for those who do not see it. */
  label: string
  line: readonly Point[]
  /** Name at the line's end; needed only beside a second line. */
  name?: string
  /** The district's line behind it. */
  district?: readonly Point[]
  chosen: Day
  scale: Scale
  /** Dated notes, told in a list under the charts. */
  marks?: readonly Mark[]
  /** In another language: the district's name, short names of the months, what stands before notes. */
  words?: { district: string; months: readonly string[]; marked: string }
}

const [WIDTH, HEIGHT, BOTTOM, TOP, LEFT] = [440, 190, 26, 14, 44]

/** One indicator of one unit, week by week: estimate, 95 % interval, gaps where there is none, the chosen week marked. */
export const weeklyTrend: (trend: Trend) => Html = drawnOnce(
  ({ label, line, name, district, chosen, scale, marks = [], words }: Trend) => {
    const own = data(line)
    const behind = district && data(district)
    const at = own.filter(d => d.week.getTime() === Date.parse(chosen))
    return svg(
      {
        width: WIDTH,
        height: HEIGHT,
        marginLeft: LEFT,
        marginRight: district ? 84 : 16,
        marginTop: TOP,
        marginBottom: BOTTOM,
        x: {
          type: 'utc',
          ticks: 'month',
          tickFormat: words ? (date: Date) => words.months[date.getUTCMonth()]! : '%b',
          tickSize: 4,
          label: null,
        },
        y: axisOf(scale),
        marks: [
          Plot.gridY(ticksOf(scale), { className: 'grid' }),
          ...noteMarks(marks, scale, (WIDTH - LEFT - (district ? 84 : 16)) / Math.max(1, line.length - 1)),
          Plot.ruleX([new Date(chosen)], { className: 'chosen' }),
          ...(behind ? [band(behind, 'district'), curve(behind, 'district')] : []),
          band(own, 'own'),
          curve(own, 'own'),
          Plot.dot(own, { x: 'week', y: 'value', r: 1.8, filter: (d: Datum) => !d.small, className: 'own dot' }),
          Plot.dot(own, { x: 'week', y: 'value', r: 2.2, filter: (d: Datum) => d.small, className: 'own hollow' }),
          Plot.link(at, { x: 'week', y1: 'lo95', y2: 'hi95', className: 'own whisker' }),
          Plot.dot(at, { x: 'week', y: 'value', r: 4, className: 'own dot' }),
          ...names(
            [
              { name, line: own, kind: 'own' },
              ...(behind ? [{ name: words?.district ?? 'District', line: behind, kind: 'district' }] : []),
            ],
            scale,
          ),
        ],
      },
      label + marksSaid(marks, words?.marked),
    )
  },
)

export const band = (line: Datum[], kind: string): Plot.RenderableMark =>
  Plot.areaY(line, { x: 'week', y1: 'lo95', y2: 'hi95', className: `${kind} band` })

export const curve = (line: Datum[], kind: string): Plot.RenderableMark =>
  Plot.lineY(line, { x: 'week', y: 'value', className: `${kind} curve` })

/** Names at the ends of their lines, moved apart where they would cover each other. */
function names(
  lines: { name: string | undefined; line: Datum[]; kind: string }[],
  { bottom, top }: Scale,
): Plot.RenderableMark[] {
  const perPixel = (top - bottom) / (HEIGHT - TOP - BOTTOM)
  const ends = lines
    .flatMap(({ name, line, kind }) => {
      const last = line.findLast(d => !Number.isNaN(d.value))
      return name && last ? [{ name, kind, week: last.week, y: last.value }] : []
    })
    .toSorted((a, b) => a.y - b.y)
  const [low, high] = ends
  const missing = low && high ? 14 * perPixel - (high.y - low.y) : 0
  if (low && high && missing > 0) {
    low.y = Math.max(bottom + 4 * perPixel, low.y - missing / 2)
    high.y = low.y + 14 * perPixel
  }
  return ends.map(({ name, kind, ...end }) =>
    Plot.text([end], { x: 'week', y: 'y', text: () => name, textAnchor: 'start', dx: 8, className: `${kind} name` }),
  )
}
