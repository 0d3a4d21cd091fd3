import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import type { Html } from '../html.ts'
import { drawnOnce, svg } from './svg.ts'

/** A straight line with its covariances: points on the day `middle`, points a year. */
export type TrajectoryLine = {
  middle: Day
  level: number
  slope: number
  levelSe: number
  slopeSe: number
  levelSlope: number
}

export type Trajectory = {
  /** What the picture shows, for those who do not see it. */
  label: string
  scores: readonly { day: Day; score: number }[]
  line: TrajectoryLine | null
  /** What all panels of a page share: days and points from and to. */
  frame: Frame
  /** `panel`: one of many, small; `whole`: one to itself. */
  size: 'panel' | 'whole'
}
export type Frame = { from: Day; to: Day; least: number; most: number }

const DAYS_PER_YEAR = 365.25
const DAY_MS = 86_400_000
const Z_975 = 1.959964
const STEPS = 12

/** Scores of one student over the years, with the line through them and the band in which that line lies (95 %). */
export const trajectory: (drawn: Trajectory) => Html = drawnOnce(({ label, scores, line, frame, size }: Trajectory) => {
  const [least, most] = [frame.least, frame.most]
  const dots = scores.map(({ day, score }) => ({ day: new Date(day), score }))
  const along = line === null || scores.length === 0 ? [] : bandOf(line, scores[0]!.day, scores.at(-1)!.day)
  const whole = size === 'whole'
  return svg(
    {
      width: whole ? 440 : 232,
      height: whole ? 210 : 120,
      marginLeft: whole ? 44 : 36,
      marginRight: whole ? 16 : 8,
      marginTop: 10,
      marginBottom: whole ? 26 : 20,
      x: { type: 'utc', domain: [new Date(frame.from), new Date(frame.to)], label: null },
      y: { domain: [least, most], label: null },
      marks: [
        Plot.gridY([least, (least + most) / 2, most], { className: 'grid' }),
        Plot.axisY([least, (least + most) / 2, most], { tickSize: 0, tickFormat: shortNumber }),
        Plot.axisX({ ticks: 'year', tickFormat: '%Y', tickSize: whole ? 4 : 0 }),
        Plot.areaY(along, { x: 'day', y1: 'lo', y2: 'hi', className: 'own band', clip: 'frame' }),
        Plot.lineY(along, { x: 'day', y: 'value', className: 'own curve', clip: 'frame' }),
        Plot.dot(dots, { x: 'day', y: 'score', r: whole ? 3.5 : 2.2, className: 'own hollow' }),
      ],
    },
    label,
  )
})

/** A frame in which all scores have room, on round numbers. */
export function frameOf(scores: readonly { day: Day; score: number }[]): Frame {
  const points = scores.map(({ score }) => score)
  const days = scores.map(({ day }) => day).toSorted()
  const [low, high] = [Math.min(...points), Math.max(...points)]
  const step = roundStep((high - low || 1) / 4)
  return {
    from: days[0]!,
    to: days.at(-1)!,
    least: step * Math.floor(low / step),
    most: step * Math.ceil(high / step + 1e-9),
  }
}

/** The line and its 95 % interval on some days between two: narrowest where the scores say most. */
export function bandOf(
  line: TrajectoryLine,
  from: Day,
  to: Day,
): { day: Date; value: number; lo: number; hi: number }[] {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const ms = begin + ((end - begin) * i) / STEPS
    const years = (ms - Date.parse(line.middle)) / DAY_MS / DAYS_PER_YEAR
    const value = line.level + line.slope * years
    const variance = line.levelSe ** 2 + 2 * years * line.levelSlope + years ** 2 * line.slopeSe ** 2
    const half = Z_975 * Math.sqrt(Math.max(0, variance))
    return { day: new Date(ms), value, lo: value - half, hi: value + half }
  })
}

const roundStep = (step: number): number => {
  const unit = 10 ** Math.floor(Math.log10(step))
  return unit * ([1, 2, 5, 10].find(round => round * unit >= step) ?? 10)
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(4)))
