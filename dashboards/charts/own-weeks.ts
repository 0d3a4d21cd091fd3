import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import type { UsualWeek } from '../usual.ts'
import { axisOf, scaleOf, ticksOf } from './series.ts'
import { drawnOnce, svg } from './svg.ts'

/** Minutes of one student, week by week, beside what was usual for this student in the weeks before. */
export const ownWeeks: (chart: { label: string; weeks: readonly UsualWeek[] }) => Html = drawnOnce(
  ({ label, weeks }) => {
    const scale = scaleOf(false, [
      weeks.map(({ week, value, usual }) => ({
        week,
        value,
        lo95: 0,
        hi95: Math.max(value ?? 0, usual?.high ?? 0),
        small: false,
      })),
    ])
    const line = weeks.map(({ week, value, usual }) => ({
      week: new Date(week),
      value: value ?? Number.NaN,
      low: usual?.low ?? Number.NaN,
      high: usual?.high ?? Number.NaN,
    }))
    return svg(
      {
        width: 440,
        height: 190,
        marginLeft: 44,
        marginRight: 16,
        marginTop: 14,
        marginBottom: 26,
        x: { type: 'utc', ticks: 'month', tickFormat: '%b', tickSize: 4, label: null },
        y: axisOf(scale),
        marks: [
          Plot.gridY(ticksOf(scale), { className: 'grid' }),
          Plot.areaY(line, { x: 'week', y1: 'low', y2: 'high', className: 'district band' }),
          Plot.lineY(line, { x: 'week', y: 'value', className: 'own curve' }),
          Plot.dot(line, { x: 'week', y: 'value', r: 2.2, className: 'own dot' }),
        ],
      },
      label,
    )
  },
)
