import type { Seen } from '../../access.ts'
import { html } from '../../html.ts'
import { nameOf, studentPath } from '../../people/names.ts'
import { counted } from '../../wording.ts'
import type { ClassView } from '../class.ts'
import type { Section } from './section.ts'
import type { Visit } from './visit.ts'

/** The students of a class by name, for their adviser or teacher; nobody else gets this section. */
export async function studentsOfClass(
  { names, reader }: Visit,
  { unit, group }: Pick<ClassView, 'unit' | 'group'>,
): Promise<Section | null> {
  const students = await names.studentsOf(reader, unit)
  if (students === null) return null
  const list = html`<ul class="students">
    ${students.map(one => html`<li><a href="${studentPath(one.student)}">${nameOf(one)}</a></li>`)}
  </ul>`
  return {
    html: html`<section aria-labelledby="students">
      <h2 id="students">Students of ${group.label}</h2>
      <p class="how-to-read">
        ${students.length === 0 ? 'Nobody is enrolled in it.' : `${counted(students.length, 'student')}, by family name.`}
      </p>
      ${students.length > 0 && list}
    </section>`,
    seen: students.map(({ student }): Seen => ({ type: 'student', id: student })),
  }
}
