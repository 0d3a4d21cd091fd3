import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { axisOf, scaleOf, ticksOf } from './series.ts'
import { drawnOnce, svg } from './svg.ts'

/** One grade in one school year: null where there is no figure. */
export type GradePoint = { grade: string; value: number | null; lo95: number | null; hi95: number | null }
export type GradeCurve = { label: string; share: boolean; newest: readonly GradePoint[]; before: readonly GradePoint[] }

/** One figure grade by grade: the newest school year with its intervals, the one before it behind, where there is one. */
export const gradeCurve: (chart: GradeCurve) => Html = drawnOnce(({ label, share, newest, before }) => {
  const scale = scaleOf(
    share,
    [newest, before].map(points => points.map(point => ({ week: point.grade, small: false, ...point }))),
  )
  const drawn = (points: readonly GradePoint[]) =>
    points.map(({ grade, value, lo95, hi95 }) => ({
      grade,
      value: value ?? Number.NaN,
      lo95: lo95 ?? Number.NaN,
      hi95: hi95 ?? Number.NaN,
    }))
  const [now, then] = [drawn(newest), drawn(before)]
  return svg(
    {
      width: 440,
      height: 190,
      marginLeft: 44,
      marginRight: 16,
      marginTop: 14,
      marginBottom: 26,
      x: { type: 'point', domain: newest.map(({ grade }) => grade), tickSize: 4, label: null },
      y: axisOf(scale),
      marks: [
        Plot.gridY(ticksOf(scale), { className: 'grid' }),
        ...(then.length > 0 ? [Plot.lineY(then, { x: 'grade', y: 'value', className: 'district curve' })] : []),
        Plot.lineY(now, { x: 'grade', y: 'value', className: 'own curve' }),
        Plot.link(now, { x: 'grade', y1: 'lo95', y2: 'hi95', className: 'own whisker' }),
        Plot.dot(now, { x: 'grade', y: 'value', r: 3, className: 'own dot' }),
      ],
    },
    label,
  )
})
