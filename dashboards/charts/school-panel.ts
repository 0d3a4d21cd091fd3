import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { data, tickFormat, type Datum, type Point, type Scale } from './series.ts'
import { drawnOnce, svg } from './svg.ts'
import { band, curve } from './weekly-trend.ts'

export type Panel = { label: string; line: readonly Point[]; district: readonly Point[]; scale: Scale }

/** One school beside others: its line and interval over the district's, on a scale that all panels share. */
export const schoolPanel: (panel: Panel) => Html = drawnOnce(({ label, line, district, scale }: Panel) => {
  const own = data(line)
  const { bottom, top } = scale
  const middle = (bottom + top) / 2
  return svg(
    {
      width: 232,
      height: 104,
      marginLeft: 36,
      marginRight: 6,
      marginTop: 8,
      marginBottom: 20,
      x: { type: 'utc', label: null },
      y: { domain: [bottom, top], label: null },
      marks: [
        Plot.gridY([bottom, middle, top], { className: 'grid' }),
        Plot.axisY([bottom, top], { tickSize: 0, tickFormat: tickFormat(scale) }),
        Plot.axisX({ ticks: '2 months', tickFormat: '%b', tickSize: 0 }),
        band(data(district), 'district'),
        curve(data(district), 'district'),
        band(own, 'own'),
        curve(own, 'own'),
        Plot.dot(own, { x: 'week', y: 'value', r: 1.6, filter: (d: Datum) => d.alone, className: 'own dot' }),
      ],
    },
    label,
  )
})
