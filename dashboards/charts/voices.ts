import * as Plot from '@observablehq/plot'
import type { Html } from '../html.ts'
import { drawnOnce, svg } from './svg.ts'

/** One voice: estimate and interval; `value` null: only that it lies between the two, as where a bracket is published. */
export type VoiceMark = { name: string; value: number | null; lo95: number; hi95: number }

export type Voices = {
  label: string
  /** Every voice that was asked, also where it has no mark: its place stays empty. */
  names: readonly string[]
  marks: readonly VoiceMark[]
  /** Ends of the scale: 0 and 1 of shares, else of the answers. */
  ends: readonly [number, number]
}

const ROW = 24

/** Voices one under the other on one scale, each with its interval; never added up. */
export const voices: (chart: Voices) => Html = drawnOnce(({ label, names, marks, ends }) => {
  const [least, most] = ends
  const share = least === 0 && most === 1
  const ticks = share ? [0, 0.25, 0.5, 0.75, 1] : Array.from({ length: most - least + 1 }, (_, i) => least + i)
  const points = marks.filter(({ value }) => value !== null)
  return svg(
    {
      width: 440,
      height: 34 + ROW * names.length,
      marginLeft: 72,
      marginRight: 22,
      marginTop: 4,
      marginBottom: 26,
      x: {
        domain: [least, most],
        ticks,
        tickFormat: (tick: number) => (share ? `${Math.round(100 * tick)}%` : String(tick)),
        tickSize: 4,
        label: null,
      },
      y: { domain: [...names], type: 'band', tickSize: 0, label: null },
      marks: [
        Plot.gridX(ticks, { className: 'grid' }),
        Plot.ruleY(marks, { y: 'name', x1: 'lo95', x2: 'hi95', className: 'own whisker' }),
        Plot.dot(points, { y: 'name', x: 'value', r: 4, className: 'own dot' }),
      ],
    },
    label,
  )
})
