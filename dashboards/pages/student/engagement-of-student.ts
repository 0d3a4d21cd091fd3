import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { ownWeeks } from '../../charts/own-weeks.ts'
import { html, type Html } from '../../html.ts'
import { besideUsual, LEAST_WEEKS, type UsualWeek } from '../../usual.ts'
import { allWeeks, schoolYearOf } from '../../weeks.ts'
import { count, counted, longDay, shortDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'
import { capital } from '../brief/evidence.ts'
import { modeMix } from '../engagement/modes.ts'
import type { Section } from '../parts/section.ts'
import type { StudentView } from '../student.ts'
import type { Visit } from '../parts/visit.ts'

/** Of less time no shares are shown. */
const LEAST_MINUTES = 30

/** Activity beside the student's own usual, pace on the own plan, choice, reflection and help, and the mix of modes. */
export async function engagementOfStudent(
  { warehouse }: Visit,
  { student, name, week }: StudentView,
): Promise<Section | null> {
  if (week === null) return null
  const year = schoolYearOf(week)
  const [found, [stood], [modes]] = await Promise.all([
    warehouse.query(WEEKS, { student: student.student, from: year.from, to: year.to }).then(all => rows(Week, all)),
    warehouse.query(ENGAGEMENT, { student: student.student, week }).then(all => rows(Engagement, all)),
    warehouse.query(MODES, { student: student.student, week }).then(all => rows(Modes, all)),
  ])
  const who = student.given || name
  const mix = modes && totalOf(modes) >= LEAST_MINUTES && modeMix(who, modes)
  return {
    html: html`<section aria-labelledby="progress">
      <h2 id="progress">Progress and agency</h2>
      ${activity(who, found)} ${stood && agency(stood)}
      ${
        mix &&
        html`<div class="mix">
          <h3>How learning time was spent in the last four weeks</h3>
          ${mix}
        </div>`
      }
    </section>`,
  }
}

const totalOf = (modes: z.infer<typeof Modes>): number =>
  Object.values(modes).reduce((sum, minutes) => sum + minutes, 0)

type WeekRow = z.infer<typeof Week>

function activity(who: string, found: readonly WeekRow[]): Html {
  const weeks = besideUsual(allWeeks(found.map(({ week }) => week)), found)
  const shown = weeks.findLast(({ value }) => value !== null)
  if (!shown) return html`<p>No learning activity of ${who} is recorded this school year.</p>`
  const days = found.find(({ week }) => week === shown.week)!.active_days
  const minutes = counted(Math.round(shown.value!), 'minute')
  const usual = shown.usual && html`; usual in the eight weeks before was ${spanOf(shown.usual)}`
  return html`<p class="sentence">
      In the week of ${longDay(shown.week)} the connected tools show <strong>${minutes}</strong> of learning activity on
      ${counted(days, 'day')}${usual}.
    </p>
    ${found.length >= LEAST_WEEKS && drawn(who, weeks)}`
}

function drawn(who: string, weeks: readonly UsualWeek[]): Html {
  return html`<p class="how-to-read">
      Line: minutes a week. Band: what was usual for ${who} in the eight weeks before, the middle half of them. Nobody
      else is in this picture.
    </p>
    <div class="picture">
      ${ownWeeks({ label: `Minutes of learning activity of ${who} by week, beside the own usual. The table gives every week.`, weeks })}
    </div>
    <details>
      <summary>Learning activity, week by week, as a table</summary>
      ${scrolling('Learning activity by week', weekTable(weeks))}
    </details>`
}

/** `90 to 140` minutes. */
function spanOf({ low, high }: { low: number; high: number }): string {
  const [from, to] = [count(Math.round(low)), count(Math.round(high))]
  return from === to ? from : `${from} to ${to}`
}

function weekTable(weeks: readonly UsualWeek[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Week of</th>
        <th scope="col">Minutes</th>
        <th scope="col">Usual before</th>
      </tr>
    </thead>
    <tbody>
      ${weeks.map(
        ({ week, value, usual }) =>
          html`<tr>
            <th scope="row">${shortDay(week)}</th>
            <td class="figure">${value === null ? 'not known' : count(Math.round(value))}</td>
            <td class="figure">${usual ? spanOf(usual) : '–'}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

type Stood = z.infer<typeof Engagement>

function agency(stood: Stood): Html {
  const facts = [
    ...stood.plans.flatMap(([subject, done, planned]) => plannedFact(subject, done, planned)),
    stood.choice_lo !== null && {
      term: 'Own choice',
      said: `${percents(stood.choice_lo, stood.choice_hi)} of activities: ${stood.chosen} of ${stood.flagged} of which tools say who chose them`,
      when: 'four weeks',
    },
    stood.completion_lo !== null && {
      term: 'Completion',
      said: `${stood.completed} of ${stood.started} activities were finished within 28 days`,
      when: 'those that turned 28 days old in four weeks',
    },
    stood.failed > 0 && {
      term: 'Persistence',
      said: `${stood.retried} of ${stood.failed} tasks that failed at first were tried again within a week`,
      when: 'four weeks',
    },
    stood.goals_set !== null && { term: 'Goals set', said: counted(stood.goals_set, 'goal'), when: 'this term' },
    stood.reflections !== null && {
      term: 'Reflections',
      said: counted(stood.reflections, 'reflection'),
      when: 'four weeks',
    },
    stood.help_asked !== null && {
      term: 'Asked for help',
      said: stood.help_asked === 1 ? 'once' : `${count(stood.help_asked)} times`,
      when: 'four weeks; asking is a strength',
    },
  ].filter(fact => fact !== false)
  if (facts.length === 0) return html`<p class="none">Nothing is recorded of choices, goals, completion or help.</p>`
  return html`<h3>Choice, pace and reflection, at the end of the week of ${longDay(stood.week)}</h3>
    <dl>
      ${facts.map(
        ({ term, said, when }) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${said} <span class="evidence">${when}</span></dd>
          </div>`,
      )}
    </dl>`
}

type Fact = { term: string; said: string; when: string }

/** A plan of which nothing is due yet says nothing. */
function plannedFact(subject: string, done: number, planned: number): Fact[] {
  if (planned < 1) return []
  const units = `${count(done)} of ${count(Math.round(planned))} planned units are done`
  return [{ term: subject === '' ? 'Own plan' : `Own plan, ${capital(subject)}`, said: units, when: 'planned to date' }]
}

const percents = (low: number, high: number | null): string =>
  `${Math.round(low * 100)} to ${Math.round((high ?? 1) * 100)}%`

const Nullable = z.number().nullable()
const Week = z.object({ week: z.string(), minutes: Nullable, active_days: z.int() })
const Engagement = z.object({
  week: z.string(),
  started: z.int(),
  completed: z.int(),
  completion_lo: Nullable,
  failed: z.int(),
  retried: z.int(),
  plans: z.array(z.tuple([z.string(), z.number(), z.number()])),
  flagged: z.int(),
  chosen: z.int(),
  choice_lo: Nullable,
  choice_hi: Nullable,
  goals_set: Nullable,
  reflections: Nullable,
  help_asked: Nullable,
})
const Modes = z.object({
  individual: z.number(),
  small_group: z.number(),
  one_to_one: z.number(),
  virtual_tutor: z.number(),
  project_team: z.number(),
  community: z.number(),
})

const WEEKS = sql(new URL('./student-weeks.sql', import.meta.url))
const ENGAGEMENT = sql(new URL('./student-engagement.sql', import.meta.url))
const MODES = sql(new URL('./student-modes.sql', import.meta.url))
