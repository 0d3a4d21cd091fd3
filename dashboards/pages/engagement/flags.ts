import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import type { Seen } from '../../access.ts'
import { html, type Html } from '../../html.ts'
import { nameOf, studentPath, type NamedStudent } from '../../people/names.ts'
import { count, counted } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import type { Section } from '../parts/section.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * Whose attendance, behaviour records or course marks of this term stand out, for their adviser; with how often that was right
 * a term ago. @param students the reader's own
 */
export async function flagsOfStudents(
  { warehouse }: Visit,
  students: ReadonlyMap<string, NamedStudent>,
): Promise<Section | null> {
  if (students.size === 0) return null
  const [flags, quality] = await Promise.all([
    warehouse.query(NOW, { students: [...students.keys()] }).then(found => rows(Flag, found)),
    warehouse.query(QUALITY).then(found => rows(Quality, found)),
  ])
  if (flags.length === 0) return null
  return {
    html: html`<section aria-labelledby="flags">
      <h2 id="flags">Attendance, behaviour and course marks this term</h2>
      <p class="how-to-read">A reason to offer help, never for a consequence. ${reliability(quality)}</p>
      <ul class="lines">
        ${flags.map(flag => line(flag, students.get(flag.student)!))}
      </ul>
      ${quality.length > 0 && table(quality)}
    </section>`,
    seen: flags.map(({ student }): Seen => ({ type: 'student', id: student })),
  }
}

function line(flag: z.infer<typeof Flag>, student: NamedStudent): Html {
  const said = [
    flag.attendance && `absent on ${count(flag.absent_days)} of ${counted(flag.enrolled_days, 'school day')}`,
    flag.behaviour && flag.suspensions > 0 && `${counted(flag.suspensions, 'suspension')} in 60 days`,
    flag.behaviour && flag.referrals > 0 && `${counted(flag.referrals, 'minor referral')} in 60 days`,
    flag.course &&
      `last mark in ${flag.failed.map(subject => SUBJECTS[subject] ?? subject).join(' and ')} a failing one`,
  ].filter(part => typeof part === 'string')
  return html`<li><a href="${studentPath(student.student)}">${nameOf(student)}</a>: ${said.join('; ')}</li>`
}

function reliability(quality: readonly QualityRow[]): string {
  const any = quality.find(({ flag, slice }) => flag === 'any' && slice === '')
  if (!any) return 'How often it is right is not known yet: that needs the next term of 10 students at least.'
  return `Of the district’s students with one of these in ${any.term}, ${span(any.precision_lo, any.precision_hi)} in 100 were off track in the term after it (below 90% attendance, or failing English or mathematics); of those off track, ${span(any.recall_lo, any.recall_hi)} in 100 had one.`
}

const span = (low: number, high: number): string => {
  const [from, to] = [Math.round(100 * low), Math.round(100 * high)]
  return from === to ? String(from) : `${from} to ${to}`
}

function table(quality: readonly QualityRow[]): Html {
  return html`<details>
    <summary>How often each was right, and for whom</summary>
    ${scrolling(
      'How often flags were right',
      html`<table>
        <caption>
          Flags of ${quality[0]!.term}, and the term after it; 95% intervals. Groups only where 30 students or more are
          in each part.
        </caption>
        <thead>
          <tr>
            <th scope="col">Flag</th>
            <th scope="col">Students</th>
            <th scope="col">Of those flagged, off track later (%)</th>
            <th scope="col">Of those off track, flagged (%)</th>
            <th scope="col">Correlation (MCC)</th>
          </tr>
        </thead>
        <tbody>
          ${quality.map(
            row =>
              html`<tr>
                <th scope="row">${FLAGS[row.flag] ?? row.flag}</th>
                <td>${row.slice === '' ? 'all' : row.slice.replace('=', ' ')}</td>
                <td class="figure">${span(row.precision_lo, row.precision_hi)}</td>
                <td class="figure">${span(row.recall_lo, row.recall_hi)}</td>
                <td class="figure">${row.mcc === null ? '–' : row.mcc.toFixed(2)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
  </details>`
}

const SUBJECTS: Readonly<Record<string, string>> = { english: 'English', mathematics: 'mathematics' }
const FLAGS: Readonly<Record<string, string>> = {
  any: 'Any of them',
  attendance: 'Attendance below 90%',
  behaviour: 'A suspension, or three minor referrals, in 60 days',
  course: 'Failing English or mathematics',
}

const Flag = z.object({
  student: z.string(),
  enrolled_days: z.int(),
  absent_days: z.int(),
  suspensions: z.int(),
  referrals: z.int(),
  failed: z.array(z.string()),
  attendance: z.boolean().nullable(),
  behaviour: z.boolean().nullable(),
  course: z.boolean().nullable(),
})
type QualityRow = z.infer<typeof Quality>
const Quality = z.object({
  term: z.string(),
  flag: z.string(),
  slice: z.string(),
  precision_lo: z.number(),
  precision_hi: z.number(),
  recall_lo: z.number(),
  recall_hi: z.number(),
  mcc: z.number().nullable(),
})

const NOW = sql(new URL('./flags-now.sql', import.meta.url))
const QUALITY = sql(new URL('./flag-quality.sql', import.meta.url))
