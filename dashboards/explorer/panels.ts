import type { Day } from '../../schemas/record.ts'
import { marksSaid } from '../charts/marks.ts'
import { points, scaleOf, type Point, type Scale } from '../charts/series.ts'
import type { FigureRow } from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { scrolling, figureCell, studentsCell } from '../pages/parts/cells.ts'
import { addDays } from '../weeks.ts'
import { count, estimate, insteadOf, isShare, longDay, range, unitAfter, whyNot } from '../wording.ts'
import { countedOf, type Drawn } from './drawn.ts'
import type { ExploredRow } from './explorer.ts'
import { marksOn } from './notes.ts'
import { panel } from './panel.ts'
import { addressOf } from './question.ts'
import type { Shown, View } from './view.ts'

/** Every line in a picture of its own on one scale, the first one dashed behind the others; then all of it as a table. */
export function panelsOf(view: View): Html {
  const pictures = picturesOf(view)
  return html`<div class="measures explored" data-view="${JSON.stringify(drawnOf(view))}">
      ${view.lines.map((line, i) => figure(view, line, pictures[i]!.svg, i))}
    </div>
    <details class="explored-table">
      <summary>All of it as a table</summary>
      ${tableOf(view)}
    </details>`
}

/** The pictures of a view, as the page and its export show them. */
export function picturesOf(view: View): { name: string; said: string; svg: Html }[] {
  const lines = view.lines.map(line => pointsOf(view, line))
  const scale: Scale = scaleOf(isShare(view.question.entry), lines)
  const time = timeOf(view)
  return view.lines.map((line, i) => ({
    name: line.name,
    said: saidOf(view, line),
    svg: panel({
      label: labelOf(view, line) + marksSaid(marksOn(view.notes, line)),
      marks: marksOn(view.notes, line),
      line: lines[i]!,
      ...(i > 0 && { behind: lines[0]! }),
      ...(view.at !== undefined && { chosen: view.at }),
      scale,
      time,
    }),
  }))
}

/** What the page's script draws the same pictures from. */
function drawnOf(view: View): Drawn {
  const { question, weeks, at = null, year, snapshot, lines, notes } = view
  const arrow = addressOf({ ...question, year, snapshot: snapshot.snapshot }, '/api/explore.arrow')
  const marks = lines.map(line => marksOn(notes, line))
  return { entry: question.entry, weeks, at, time: timeOf(view), marks, arrow }
}

/** From the first period to the end of the last. */
const timeOf = ({ weeks }: View): Drawn['time'] => [weeks[0] ?? NEVER, addDays(weeks.at(-1) ?? NEVER, 6)]
const NEVER = '2000-01-03'

/** `64 to 68%`, or what stands instead of a number. */
export function saidOf({ question: { entry }, at }: View, line: Shown): string {
  const row = rowAt(line, at)
  return range(entry, row) ?? insteadOf(row)
}

export const rowAt = ({ rows }: Shown, week: Day | undefined): ExploredRow | undefined =>
  rows.find(row => row.week === week)

/** What a period is called: the week by its Monday, a test or survey window and a school year by name. */
export function periodName({ question: { entry } }: View, row: Pick<ExploredRow, 'week' | 'period'>): string {
  return entry.period === 'week' ? longDay(row.week) : row.period
}

/** `Week of 2 March 2026`, or the name of the period that is read out. */
export function atName(view: View, at: Day): string {
  const row = view.lines.flatMap(({ rows }) => rows).find(({ week }) => week === at)
  const name = row ? periodName(view, row) : longDay(at)
  return view.question.entry.period === 'week' ? `Week of ${name}` : name
}

function figure(view: View, line: Shown, picture: Html, i: number): Html {
  const { entry } = view.question
  const row = rowAt(line, view.at)
  const said = range(entry, row)
  const id = `line-${i + 1}`
  return html`<figure class="measure" aria-labelledby="${id}" data-line="${i + 1}">
    <figcaption>
      <h3 id="${id}">${line.name}</h3>
      ${
        said === null
          ? html`<p class="reading none"><strong>${insteadOf(row)}</strong> <span>${whyNot(row)}</span></p>`
          : html`<p class="reading">
              <strong>${said}</strong> <span>${unitAfter(entry, said)}</span>
              <span class="behind"
                >${count(row?.n ?? 0)} ${countedOf(entry)}; best estimate ${estimate(entry, row)}</span
              >
            </p>`
      }
    </figcaption>
    <div class="picture">${picture}</div>
  </figure>`
}

function tableOf(view: View): Html {
  const { entry } = view.question
  const periods = [...new Map(view.lines.flatMap(({ rows }) => rows).map(row => [row.week, row])).values()]
  const columns = view.lines.map(line => new Map(line.rows.map(row => [row.week, row])))
  const table = html`<table class="matrix">
    <caption>
      ${entry.name}: 95% interval and best estimate, ${unitAfter(entry)}
    </caption>
    <thead>
      <tr>
        <th scope="col">${entry.period === 'week' ? 'Week of' : entry.period === 'year' ? 'School year' : 'Window'}</th>
        ${view.lines.map(
          ({ name }) =>
            html`<th scope="col">${name}</th>
              <th scope="col">${countedOf(entry) === 'students' ? 'Students' : 'Answers'}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${periods
        .toSorted((a, b) => (a.week < b.week ? -1 : 1))
        .map(
          row =>
            html`<tr>
              <th scope="row">${periodName(view, row)}</th>
              ${columns.map(at => html`${figureCell(entry, at.get(row.week))}${studentsCell([figureRow(at.get(row.week))])}`)}
            </tr>`,
        )}
    </tbody>
  </table>`
  return scrolling(`${entry.name}, every period`, table)
}

const figureRow = (row: ExploredRow | undefined): FigureRow | undefined => row && { ...row }

const pointsOf = ({ weeks }: View, line: Shown): Point[] => {
  const rows = new Map(line.rows.map(row => [row.week, row]))
  return points(weeks, week => rows.get(week))
}

/** What a picture shows, in a sentence. */
function labelOf(view: View, { name, rows }: Shown): string {
  const { entry } = view.question
  const known = rows.filter(({ status }) => status === 'ok')
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last) return `${entry.name}, ${name}: no figure in this time.`
  const by = known.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))
  return (
    `${entry.name}, ${name}, from ${periodName(view, first)} to ${periodName(view, last)}: between ` +
    `${estimate(entry, by[0])} and ${estimate(entry, by.at(-1))} ${unitAfter(entry)}. The table gives every figure.`
  )
}
