import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { mayAdvise, type Seen } from '../../access.ts'
import { html, type Html } from '../../html.ts'
import { nameOf, studentPath, type NamedStudent } from '../../people/names.ts'
import { counted, longDay } from '../../wording.ts'
import { addDays } from '../../weeks.ts'
import type { ClassView } from '../class.ts'
import type { Section } from '../parts/section.ts'
import type { Visit } from '../parts/visit.ts'

/** School days enrolled from which on a missing tie says anything (C4), days without contact from which on it is a prompt (C8). */
const [LEAST_DAYS, LONG_RUN, WEEKS_OFF_PLAN] = [20, 5, 2]

/**
 * An advisory as a home base: how its members hang together, and for its adviser, by name, who has no sustained contact with an
 * adult or no logged tie. A class that is no advisory has no such section.
 */
export async function connectednessOfClass(visit: Visit, { unit, group, chosen }: ClassView): Promise<Section | null> {
  if (unit.type !== 'advisory') return null
  const { warehouse, reader, names } = visit
  const [base] = rows(HomeBase, await warehouse.query(HOME_BASE, { advisory: unit.id, week: chosen }))
  const students = mayAdvise(reader, unit) ? await names.studentsOf(reader, unit) : null
  if (base === undefined && students === null) return null
  const ids = (students ?? []).map(({ student }) => student)
  const found = ids.length === 0 ? [] : rows(Row, await warehouse.query(TIES, { students: ids, week: chosen }))
  return {
    html: html`<section aria-labelledby="home-base">
      <h2 id="home-base">Home base</h2>
      ${base && baseSaid(base, students !== null)} ${students !== null && prompts(students, found, addDays(chosen, 6))}
      ${
        students !== null &&
        html`<p class="actions no-print">
          <a class="button" href="/advisories/${encodeURIComponent(unit.id)}/map">Relationship map</a>
          <a href="/advisories/${encodeURIComponent(unit.id)}/briefs">Briefs of all, one sheet each</a>
        </p>`
      }
      <p class="marks">
        By logged contact of the last eight weeks in ${group.label}. Logs show contact, not how it was; friends outside
        the tools are not seen.
      </p>
    </section>`,
    seen: found.map(({ student }): Seen => ({ type: 'student', id: student })),
  }
}

/** @param inside whether to tell of parts and of who is alone: of few of its students, so for their adviser only */
function baseSaid({ status, reason, density, tied_share, ...base }: Base, inside: boolean): Html {
  const { members, ties, components, largest, alone } = base
  if (status !== 'ok' || density === null)
    return html`<p>How students of this advisory hang together cannot be said: ${reason || 'not enough data'}.</p>`
  const pairs = (members * (members - 1)) / 2
  const parts =
    components === 1 ? 'in one part' : `in ${components} parts, the largest of ${counted(largest, 'student')}`
  const none =
    alone === 0 ? 'nobody is without a tie inside it' : `${counted(alone, 'student')} without a tie inside it`
  return html`<p class="sentence">
    <strong>${ties} of ${pairs}</strong> possible pairs of its ${counted(members, 'student')} work together (density
    ${density.toFixed(2)})${inside && `, ${parts}; ${none}`}.
    ${tied_share !== null && members >= 10 && `${Math.round(tied_share * 100)}% have sustained contact with an adviser of it.`}
  </p>`
}

type Prompt = { title: string; of: (row: z.infer<typeof Row>) => boolean; note: string }

const PROMPTS: readonly Prompt[] = [
  {
    title: 'No sustained adult contact',
    of: ({ sustained, adults_known, seen_days }) => adults_known && sustained === 0 && seen_days > 0,
    note: 'a conversation of a quarter of an hour every three weeks or so is sustained contact',
  },
  {
    title: 'No logged peer tie',
    of: ({ peer_ties, peers_known, seen_days }) => peers_known && peer_ties === 0 && seen_days >= LEAST_DAYS,
    note: 'friends outside the tools are not seen',
  },
  {
    title: `${LONG_RUN} school days or more without any logged contact`,
    of: ({ run_days, adults_known, peers_known }) => (adults_known || peers_known) && run_days >= LONG_RUN,
    note: 'absent days are not counted',
  },
  {
    title: 'Weeks away from the own plan',
    of: ({ weeks_off_plan }) => weeks_off_plan >= WEEKS_OFF_PLAN,
    note: `${WEEKS_OFF_PLAN} weeks or more in a row in which time alone, with adults and with others was spent otherwise than planned`,
  },
]

/** For the adviser: by name, in the order of the alphabet. */
function prompts(students: readonly NamedStudent[], found: readonly z.infer<typeof Row>[], end: string): Html {
  const byId = new Map(found.map(row => [row.student, row]))
  if (![...byId.values()].some(({ adults_known, peers_known }) => adults_known || peers_known))
    return html`<p class="none">Too little contact is logged to say who is without any.</p>`
  const lists = PROMPTS.map(({ title, of, note }) => ({
    title,
    note,
    students: students.filter(({ student }) => byId.has(student) && of(byId.get(student)!)),
  }))
  return html`<p class="how-to-read">Whom to look after next, by what is logged up to ${longDay(end)}:</p>
    <dl class="prompts">
      ${lists.map(
        ({ title, note, students: of }) =>
          html`<div>
            <dt>${title}</dt>
            <dd>
              ${of.length === 0 ? 'nobody' : of.map((one, i) => html`${i > 0 && ', '}<a href="${studentPath(one.student)}/brief">${nameOf(one)}</a>`)}
              ${of.length > 0 && html`<span class="evidence">${note}</span>`}
            </dd>
          </div>`,
      )}
    </dl>`
}

type Base = z.infer<typeof HomeBase>
const Flag = z.boolean().or(z.number().transform(Boolean))
const Row = z.object({
  student: z.string(),
  sustained: z.int(),
  peer_ties: z.int(),
  seen_days: z.int(),
  run_days: z.int(),
  weeks_off_plan: z.int(),
  adults_known: Flag,
  peers_known: Flag,
})
const HomeBase = z.object({
  members: z.int(),
  ties: z.int(),
  density: z.number().nullable(),
  components: z.int(),
  largest: z.int(),
  alone: z.int(),
  tied_share: z.number().nullable(),
  status: z.string(),
  reason: z.string(),
})

const TIES = sql(new URL('./advisory-ties.sql', import.meta.url))
const HOME_BASE = sql(new URL('./home-base.sql', import.meta.url))
