import type { Day } from '../../schemas/record.ts'
import type { Figure } from '../wording.ts'

/** One week of a line: all null where there is no figure, so that lines and bands break there. */
export type Point = { week: Day; value: number | null; lo95: number | null; hi95: number | null; small: boolean }

/** What Plot is given: dates, and NaN where there is a gap. */
export type Datum = { week: Date; value: number; lo95: number; hi95: number; small: boolean; alone: boolean }

/** A line of a chart: one point for every week, `figure` saying what is known of it. */
export function points(weeks: readonly Day[], figure: (week: Day) => Figure | undefined): Point[] {
  return weeks.map(week => {
    const row = figure(week)
    if (row?.status !== 'ok' || row.value === null || row.lo95 === null || row.hi95 === null) {
      return { week, value: null, lo95: null, hi95: null, small: false }
    }
    return { week, value: row.value, lo95: row.lo95, hi95: row.hi95, small: row.n !== null && row.n < 20 }
  })
}

/** `alone`: no neighbour on either side, so that neither line nor band would show it. */
export function data(line: readonly Point[]): Datum[] {
  const isKnown = (i: number): boolean => typeof line[i]?.value === 'number'
  return line.map((point, i) => ({
    week: new Date(point.week),
    value: point.value ?? Number.NaN,
    lo95: point.lo95 ?? Number.NaN,
    hi95: point.hi95 ?? Number.NaN,
    small: point.small,
    alone: isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1),
  }))
}

/** A vertical scale that fits what is drawn, on round numbers; it need not begin at 0, because nothing is drawn as a bar. */
export type Scale = { share: boolean; bottom: number; top: number; step: number }

/** The scale of everything drawn together: steps of 10 or 20 % for a share, else of a quarter of a round number. */
export function scaleOf(share: boolean, lines: readonly (readonly Point[])[]): Scale {
  let [low, high] = [Infinity, -Infinity]
  for (const line of lines) {
    for (const { lo95, hi95 } of line) {
      if (lo95 !== null && lo95 < low) low = lo95
      if (hi95 !== null && hi95 > high) high = hi95
    }
  }
  if (low > high) [low, high] = [0, 1]
  const step = share ? (high - low > 0.35 ? 0.2 : 0.1) : roundAbove(Math.max(high, -low)) / 4
  const last = Math.min(share ? Math.round(1 / step) : Infinity, Math.max(2, Math.ceil(high / step - 1e-9)))
  const least = low < 0 ? Number.NEGATIVE_INFINITY : 0
  const first = Math.max(least, Math.min(Math.floor(low / step + 1e-9), last - 2))
  return { share, bottom: times(step, first), top: times(step, last), step }
}

export function ticksOf({ bottom, top, step }: Scale): number[] {
  return Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, i) => times(1, bottom + i * step))
}

/** `60%`, `180`, `0.25`. */
export function tickFormat({ share, step }: Scale): (value: number) => string {
  if (share) return value => `${Math.round(value * 100)}%`
  const decimals = step >= 1 && Number.isInteger(step) ? 0 : step >= 0.1 && Number.isInteger(times(10, step)) ? 1 : 2
  return value => (value === 0 ? '0' : value.toFixed(decimals))
}

/** The vertical axis of a scale, as Plot takes it: labels, no ticks, no title. */
export const axisOf = (scale: Scale) => ({
  domain: [scale.bottom, scale.top],
  ticks: ticksOf(scale),
  tickFormat: tickFormat(scale),
  tickSize: 0,
  label: null,
})

function roundAbove(high: number): number {
  const unit = 10 ** Math.floor(Math.log10(high || 1))
  return unit * (ROUND.find(round => round * unit >= high) ?? 10)
}

const ROUND = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10]

/** A product without the dust of binary fractions. */
const times = (a: number, b: number): number => Number((a * b).toPrecision(12))
