import { tierOf } from '../access.ts'
import { html, type Html } from '../html.ts'
import { classPath, schoolPath } from '../layout.ts'
import { figureCell, scrolling, studentsCell } from '../pages/parts/cells.ts'
import type { Visit } from '../pages/parts/visit.ts'
import { countedOf } from './drawn.ts'
import { cellKey, sliceOf, type AroundRow, type Explorer } from './explorer.ts'
import { addressOf, keyOf, MOST_LINES, type Line } from './question.ts'
import { DISTRICT, placeName, type Plan } from './view.ts'
import { groupName } from './words.ts'

/**
 * Where one goes on from here: every school with the same group, the groups of the last line's unit, and its classes for
 * who may see them live. Each link keeps everything else of the address. Null where no period has a figure.
 */
export async function aroundOf(visit: Visit, explorer: Explorer, view: Plan): Promise<Html | null> {
  const { question, at, chosen, snapshot } = view
  const focus = question.lines.at(-1)
  if (focus === undefined || at === undefined || chosen === undefined) return null
  const [cells, classes] = await Promise.all([
    explorer.around({
      snapshot: snapshot.snapshot,
      indicator: question.entry.id,
      week: at,
      slices: ['', ...chosen.groups].map(group => sliceOf(group, question.measure)),
    }),
    classesOf(visit, explorer, focus),
  ])
  return html`${way(visit, view, focus)} ${groupsTable(visit, view, focus, cells)} ${classes}
  ${schoolsTable(visit, view, focus, cells)}`
}

/** District › school › group, each a step back. */
function way({ schools }: Visit, view: Plan, { unit, group }: Line): Html | null {
  const whole: Line = { unit, group: '' }
  const steps = [
    { line: { unit: DISTRICT, group: '' }, name: 'District' },
    ...(unit.type === 'school' ? [{ line: whole, name: placeName(unit, schools) }] : []),
    ...(group === '' ? [] : [{ line: { unit, group }, name: groupName(group) }]),
  ]
  if (steps.length < 2) return null
  return html`<nav aria-label="From the district to here" class="way">
    ${steps.map(({ line, name }, i) =>
      i < steps.length - 1 ? html`<a href="${leading(view, [line])}">${name}</a> › ` : html`<span>${name}</span>`,
    )}
  </nav>`
}

function schoolsTable({ schools, reader }: Visit, view: Plan, { group }: Line, cells: Cells): Html | null {
  const { question } = view
  const slice = sliceOf(group, question.measure)
  const seen = schools.filter(({ id }) => tierOf(reader, { type: 'school', id }) !== 'none')
  if (seen.length === 0 || !question.entry.units.includes('school')) return null
  const lines = seen.map(({ id, name }) => ({
    name,
    row: cells.get(cellKey({ type: 'school', id }, slice)),
    href: beside(view, { unit: { type: 'school', id }, group }),
    page: html`<a class="onward" href="${schoolPath(id)}" aria-label="School page of ${name}">school page</a>`,
  }))
  const title = `Schools${group === '' ? '' : `, ${groupName(group)}`}`
  return tableOf(view, { id: 'schools', title, head: 'School', lines })
}

function groupsTable({ schools }: Visit, view: Plan, { unit }: Line, cells: Cells): Html | null {
  const { question, chosen } = view
  const lines = (chosen?.groups ?? []).map(group => ({
    name: groupName(group),
    row: cells.get(cellKey(unit, sliceOf(group, question.measure))),
    href: beside(view, { unit, group }),
    page: null,
  }))
  if (lines.length === 0) return null
  const title = `Groups of students, ${placeName(unit, schools)}`
  return tableOf(view, { id: 'groups', title, head: 'Group', lines })
}

type Cells = ReadonlyMap<string, AroundRow>

type Table = {
  id: string
  title: string
  head: string
  lines: readonly { name: string; row: AroundRow | undefined; href: string; page: Html | null }[]
}

function tableOf({ question: { entry } }: Plan, { id, title, head, lines }: Table): Html {
  const table = html`<table class="units">
    <caption>
      95% interval and, in small, best estimate. A name puts it beside what is shown.
    </caption>
    <thead>
      <tr>
        <th scope="col">${head}</th>
        <th scope="col">${countedOf(entry) === 'students' ? 'Students' : 'Answers'}</th>
        <th scope="col">${entry.name}</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ name, row, href, page }) =>
          html`<tr>
            <th scope="row"><a href="${href}">${name}</a> ${page}</th>
            ${studentsCell([row && { ...row }])}${figureCell(entry, row)}
          </tr>`,
      )}
    </tbody>
  </table>`
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${scrolling(`${title}, as a table`, table)}
  </section>`
}

/** Classes of the school that the reader sees live; published figures do not go below grades. */
async function classesOf({ reader }: Visit, explorer: Explorer, { unit, group }: Line): Promise<Html | null> {
  if (unit.type !== 'school' || tierOf(reader, unit) !== 'live') return null
  const grade = group.startsWith('grade=') ? group.slice('grade='.length) : ''
  const found = await explorer.classes(unit.id, grade)
  const open = found.filter(({ id, type }) => tierOf(reader, { type, id, school: unit.id }) === 'live')
  if (open.length === 0) return null
  return html`<section aria-labelledby="classes">
    <h2 id="classes">Classes${grade === '' ? '' : `, ${groupName(group)}`}, live</h2>
    <ul class="students">
      ${open.map(({ id, label }) => html`<li><a href="${classPath(id)}">${label}</a></li>`)}
    </ul>
  </section>`
}

/** The same question with one more line; in place of the last one where there are four. */
function beside(view: Plan, line: Line): string {
  const others = view.question.lines.filter(one => keyOf(one) !== keyOf(line))
  return leading(view, [...others.slice(0, MOST_LINES - 1), line])
}

const leading = ({ question, year }: Plan, lines: readonly Line[]): string => addressOf({ ...question, year, lines })
