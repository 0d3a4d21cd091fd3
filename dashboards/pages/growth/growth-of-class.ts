import type { Seen } from '../../access.ts'
import { growthStarters, type Starter } from '../../charts/growth-starters.ts'
import { frameOf, trajectory } from '../../charts/trajectory.ts'
import type { GrowthRow } from '../../figures/figures.ts'
import { html, type Html } from '../../html.ts'
import { nameOf, studentPath, type NamedStudent } from '../../people/names.ts'
import { counted } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { ClassView } from '../class.ts'
import { labelOf } from '../student/growth-of-student.ts'
import { percentileWords } from './growth-student-words.ts'
import { measuresOf } from './growth-rows.ts'
import { growthSection } from './growth.ts'
import type { Section } from '../parts/section.ts'
import { newest, studentsGrowth, type StudentGrowth } from './students-growth.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * How the students of a class grew. Its adviser or teacher sees every student's scores and line; the principal the class's
 * figures only, and none of a quarter of fewer than 10.
 */
export async function growthOfClass(
  visit: Visit,
  { unit, group }: Pick<ClassView, 'unit' | 'group'>,
): Promise<Section | null> {
  const [found, students] = await Promise.all([
    visit.figures.liveGrowth(unit.type, unit.id),
    visit.names.studentsOf(visit.reader, unit),
  ])
  const rows = ofSubjects(found, group.subjects)
  const each = students === null ? [] : await studentsGrowth(visit.warehouse, students.map(({ student }) => student)) // prettier-ignore
  const section = growthSection({
    who: `Students of ${group.label}`,
    rows,
    more: by => (students === null ? null : studentsPart(by, students, each)),
  })
  if (section === null) return null
  return { html: section, seen: each.map(({ student }): Seen => ({ type: 'student', id: student })) }
}

/** Of a class with subjects only their tests, where there are any; of an advisory all. */
function ofSubjects(found: readonly GrowthRow[], subjects: readonly string[]): readonly GrowthRow[] {
  const own = new Set(subjects.map(subject => subject.toLowerCase()))
  const measured = measuresOf(found).filter(({ subject }) => own.has(subject.toLowerCase()))
  return measured.length === 0 ? found : measured.flatMap(({ rows }) => rows)
}

/** @param by `subject=…,test=…` */
function studentsPart(by: string, students: readonly NamedStudent[], each: readonly StudentGrowth[]): Html | null {
  const named = students.flatMap(student => {
    const growth = each.find(one => one.student === student.student && sliceOf(one) === by)
    return growth === undefined ? [] : [{ student, growth }]
  })
  if (named.length === 0) return null
  const { subject, test } = named[0]!.growth
  const about = subject || 'all subjects'
  const frame = frameOf(named.flatMap(({ growth }) => growth.scores))
  return html`<div class="each">
    ${startersPart(about, named)}
    <p class="question">
      ${counted(named.length, 'student')}, by family name: scores, and the line through them with its band. The number
      is the growth percentile’s range.
    </p>
    <ul class="panels">
      ${named.map(
        ({ student, growth }) =>
          html`<li>
            <h4><a href="${studentPath(student.student)}">${nameOf(student)}</a></h4>
            <p class="panel-reading">${percentileWords(newest(growth)) ?? 'no percentile yet'}</p>
            ${trajectory({ label: labelOf(nameOf(student), growth), scores: growth.scores.map(({ day, score }) => ({ day, score })), line: growth.line, frame, size: 'panel' })}
          </li>`,
      )}
    </ul>
    <details>
      <summary>The same as a table</summary>
      ${scrolling(`Students’ growth in ${about}, ${test}`, table(about, named))}
    </details>
  </div>`
}

type Named = { student: NamedStudent; growth: StudentGrowth }

/** Who started where, and how they grew. */
function startersPart(about: string, named: readonly Named[]): Html | null {
  const starters = named.flatMap(({ growth }): Starter[] => {
    const row = newest(growth)
    if (row?.status !== 'ok' || row.value === null || row.prior === null) return []
    return [{ prior: row.prior, value: row.value, lo: row.lo, hi: row.hi }]
  })
  if (starters.length < 2) return null
  const priors = starters.map(({ prior }) => prior)
  const label =
    `Growth percentiles in ${about} of ${starters.length} students by their earlier score, from ` +
    `${Math.min(...priors)} to ${Math.max(...priors)}. The table names each.`
  return html`<div class="starters">
    <p class="question">Low and high starters: earlier score across, growth percentile up, with the test’s own error</p>
    ${growthStarters({ label, starters })}
  </div>`
}

function table(about: string, named: readonly Named[]): Html {
  return html`<table>
    <caption>
      Growth in ${about}, by family name
    </caption>
    <thead>
      <tr>
        <th scope="col">Student</th>
        <th scope="col">Window</th>
        <th scope="col">Earlier score</th>
        <th scope="col">Score</th>
        <th scope="col">Growth percentile</th>
      </tr>
    </thead>
    <tbody>
      ${named.map(({ student, growth }) => {
        const row = newest(growth)
        return html`<tr>
          <th scope="row">${nameOf(student)}</th>
          <td>${row?.window ?? '–'}</td>
          <td class="figure">${row?.prior ?? '–'}</td>
          <td class="figure">${row?.score ?? '–'}</td>
          <td class="figure">${percentileWords(row) ?? row?.reason ?? '–'}</td>
        </tr>`
      })}
    </tbody>
  </table>`
}

/** As the processors name it in slices: commas and equals signs separate pairs there. */
const sliceOf = ({ test, subject }: StudentGrowth): string => {
  const [one, other] = [subject, test].map(name => name.replace(/[,=]/g, ' '))
  return `subject=${one},test=${other}`
}
