import * as Plot from '@observablehq/plot'
import type { Day } from '../../schemas/record.ts'
import type { Scale } from './series.ts'

/** A dated note, as charts show it: its number, at its weeks; the text stands in the list under them. */
export type Mark = { number: number; from: Day; to: Day; text: string }

const DAY_MS = 86_400_000

/**
 * Numbered marks on a chart of weeks: a rule at the week of one day, a wash over several weeks, the number on top. Numbers that would
 * cover each other stand together.
 * @param perWeek width of a week, in pixels
 */
export function noteMarks(marks: readonly Mark[], { bottom, top }: Scale, perWeek: number): Plot.RenderableMark[] {
  if (marks.length === 0) return []
  const placed = marks.map(({ number, from, to }) => ({ number, first: monday(from), last: monday(to) }))
  const [single, several] = [placed.filter(isOne), placed.filter(mark => !isOne(mark))]
  return [
    Plot.rect(several, { x1: 'first', x2: 'last', y1: bottom, y2: top, className: 'note span' }),
    Plot.ruleX(single, { x: 'first', className: 'note rule' }),
    Plot.text(together(placed, perWeek), {
      x: 'at',
      text: 'numbers',
      frameAnchor: 'top',
      dy: -12,
      className: 'note number',
    }),
  ]
}

/** What a picture says of its marks to those who do not see it; '' without any. */
export const marksSaid = (marks: readonly Mark[], marked = 'Marked'): string =>
  marks.length === 0 ? '' : ` ${marked}: ${marks.map(({ number, text }) => `${number}, ${text}`).join('; ')}.`

type Placed = { number: number; first: Date; last: Date }

const isOne = ({ first, last }: Placed): boolean => first.getTime() === last.getTime()

/** One label for numbers that stand close, in their middle. */
function together(placed: readonly Placed[], perWeek: number): { at: Date; numbers: string }[] {
  const labels: { first: number; last: number; numbers: string }[] = []
  for (const { number, first } of placed.toSorted((a, b) => a.first.getTime() - b.first.getTime())) {
    const [before, at] = [labels.at(-1), first.getTime()]
    const apart = before ? ((at - before.last) / (7 * DAY_MS)) * perWeek : Infinity
    // Half of each, and a gap.
    if (before && apart < before.numbers.length * 3.5 + 10) {
      before.last = at
      before.numbers += `, ${number}`
    } else labels.push({ first: at, last: at, numbers: String(number) })
  }
  return labels.map(({ first, last, numbers }) => ({ at: new Date((first + last) / 2), numbers }))
}

/** Points of a line stand at Mondays: so does what happened in a week. */
function monday(day: Day): Date {
  const ms = Date.parse(day)
  return new Date(ms - ((new Date(ms).getUTCDay() + 6) % 7) * DAY_MS)
}
