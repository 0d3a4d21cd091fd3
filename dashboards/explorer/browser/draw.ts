import * as Plot from '@observablehq/plot'
import { tableFromIPC, type Table } from 'apache-arrow'
import { oneImage } from '../../charts/one-image.ts'
import { points, scaleOf, type Datum, type Point } from '../../charts/series.ts'
import { count, estimate, isShare, longDay, range, type Figure } from '../../wording.ts'
import { countedOf, type Drawn } from '../drawn.ts'
import { panelOptions } from '../panel-options.ts'

export type { Drawn } from '../drawn.ts'

type Row = Figure & { week: string; period: string }

/** Draws the pictures of a section again from their file, with the values under the pointer. */
export async function draw(section: HTMLElement, { entry, weeks, at, time, marks, arrow }: Drawn): Promise<void> {
  const answer = await fetch(arrow)
  // The pictures of the server stay.
  if (!answer.ok) return
  const lines = rowsOf(tableFromIPC(new Uint8Array(await answer.arrayBuffer())))
  const figures = [...section.querySelectorAll<HTMLElement>('figure[data-line]')]
  const drawn = figures.map(figure => pointsOf(weeks, lines.get(Number(figure.dataset.line))))
  const scale = scaleOf(isShare(entry), drawn)
  figures.forEach((figure, i) => {
    const rows = lines.get(Number(figure.dataset.line)) ?? new Map<string, Row>()
    const options = panelOptions(
      {
        line: drawn[i]!,
        ...(i > 0 && { behind: drawn[0]! }),
        ...(at !== null && { chosen: at }),
        marks: marks[Number(figure.dataset.line) - 1] ?? [],
        scale,
        time,
      },
      own => pointed(own, datum => textOf(entry, rows.get(datum.week.toISOString().slice(0, 10)))),
    )
    place(figure.querySelector('.picture')!, options)
  })
}

function rowsOf(table: Table): Map<number, Map<string, Row>> {
  const lines = new Map<number, Map<string, Row>>()
  for (const row of table) {
    const { line, week, period, value, lo95, hi95, n, status, reason } = row.toJSON()
    const day = new Date(Number(week)).toISOString().slice(0, 10)
    const figure: Row = { week: day, period, value, lo95, hi95, n, status, reason }
    const rows = lines.get(Number(line)) ?? new Map<string, Row>()
    lines.set(Number(line), rows.set(day, figure))
  }
  return lines
}

const pointsOf = (weeks: Drawn['weeks'], rows: ReadonlyMap<string, Row> = new Map()): Point[] =>
  points(weeks, week => rows.get(week))

/** The period nearest to the pointer: a rule, and what its figure says. */
function pointed(own: Datum[], text: (datum: Datum) => string): Plot.Markish[] {
  const known = own.filter(({ value }) => !Number.isNaN(value))
  return [
    Plot.ruleX(known, Plot.pointerX({ x: 'week', className: 'pointed' })),
    Plot.tip(known, Plot.pointerX({ x: 'week', y: 'value', title: text, className: 'tip' })),
  ]
}

function textOf(entry: Drawn['entry'], row: Row | undefined): string {
  if (!row) return ''
  const name = entry.period === 'week' ? `Week of ${longDay(row.week)}` : row.period
  return `${name}\n${range(entry, row)}; best estimate ${estimate(entry, row)}\n${count(row.n ?? 0)} ${countedOf(entry)}`
}

/**
 * Puts a plot in place of the server's picture, under its label. Drawn in a document apart, since the policy of the page
 * refuses Plot's inline styles; they stand in the stylesheet.
 */
function place(frame: Element, options: Plot.PlotOptions): void {
  const label = frame.querySelector('svg')?.getAttribute('aria-label') ?? ''
  const root = Plot.plot({ ...options, document: apart() })
  oneImage(root)
  root.setAttribute('aria-label', label)
  frame.replaceChildren(root)
}

/** A document in which no style applies, so that no policy refuses one; Plot asks it for the window, which it has not. */
function apart(): Document {
  return new Proxy(document.implementation.createHTMLDocument(''), {
    get(target, name) {
      if (name === 'defaultView') return window
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
