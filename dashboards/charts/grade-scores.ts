import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import type { Frame } from './trajectory.ts'
import { data, type Datum, type Point } from './series.ts'
import { drawnOnce, svg } from './svg.ts'

export type GradePanel = { label: string; line: readonly Point[]; frame: Frame }

/** Mean scores of one grade, followed back over the years, with their intervals; on a scale that all panels share. */
export const gradeScores: (panel: GradePanel) => Html = drawnOnce(({ label, line, frame }: GradePanel) => {
  const { from, to, least, most } = frame
  const own = data(line)
  const ticks = [least, (least + most) / 2, most]
  return svg(
    {
      width: 232,
      height: 120,
      marginLeft: 36,
      marginRight: 8,
      marginTop: 10,
      marginBottom: 20,
      x: { type: 'utc', domain: [new Date(from), new Date(to)], label: null },
      y: { domain: [least, most], label: null },
      marks: [
        Plot.gridY(ticks, { className: 'grid' }),
        Plot.axisY(ticks, { tickSize: 0 }),
        Plot.axisX({ ticks: 'year', tickFormat: '%Y', tickSize: 0 }),
        Plot.areaY(own, { x: 'week', y1: 'lo95', y2: 'hi95', className: 'own band' }),
        Plot.lineY(own, { x: 'week', y: 'value', className: 'own curve' }),
        Plot.dot(own, { x: 'week', y: 'value', r: 2, filter: (d: Datum) => !d.small, className: 'own dot' }),
        Plot.dot(own, { x: 'week', y: 'value', r: 2.2, filter: (d: Datum) => d.small, className: 'own hollow' }),
      ],
    },
    label,
  )
})
