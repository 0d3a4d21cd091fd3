import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { html, type Html } from '../../html.ts'
import { learnerWords, type Words } from '../../people/learner-words.ts'
import { addDays } from '../../weeks.ts'
import { counted, longDay } from '../../wording.ts'
import { capital, line, lines, readable } from '../brief/evidence.ts'
import type { Section } from '../parts/section.ts'
import type { StudentView } from '../student.ts'
import type { Visit } from '../parts/visit.ts'

/** What the student says: goals, the plan that holds, the latest reflections. */
export async function wordsOfStudent(visit: Visit, { student, identifiers, day }: StudentView): Promise<Section> {
  const { warehouse } = visit
  const [goals, reflections, plans] = await Promise.all([
    warehouse.query(GOALS, { identifiers }).then(found => rows(Goal, found)),
    warehouse.query(REFLECTIONS, { identifiers }).then(found => rows(Reflection, found)),
    warehouse.query(PLANS, { identifiers, day }).then(found => rows(Plan, found)),
  ])
  const said = await learnerWords(visit, [...goals, ...reflections, ...plans])
  const wordsOf = new Map([...goals, ...reflections, ...plans].map((thing, i) => [thing as object, said[i]!]))
  const worded = <T extends object>(things: readonly T[]): (T & { said: Words })[] =>
    things.map(thing => ({ ...thing, said: wordsOf.get(thing)! }))
  const whose = student.given === '' ? 'their' : `${student.given}’s`
  return {
    html: html`<section aria-labelledby="own-words" class="own-words">
      <h2 id="own-words">In ${whose} own words</h2>
      <div class="columns">
        ${goalsBlock(worded(goals), day)}
        <div>${planBlock(worded(plans))} ${reflectionsBlock(worded(reflections))}</div>
      </div>
    </section>`,
  }
}

type SaidGoal = z.infer<typeof Goal> & { said: Words }

function goalsBlock(goals: readonly SaidGoal[], day: string): Html {
  const open = goals.filter(({ status }) => status === 'open' || status === '')
  const ended = goals.filter(goal => !open.includes(goal))
  const groups = HORIZONS.map(([horizon, name]) => ({ name, goals: open.filter(goal => goal.horizon === horizon) }))
  return html`<div>
    <h3>Goals</h3>
    ${open.length === 0 && html`<p class="none">No goal is open.</p>`}
    ${groups.map(
      ({ name, goals: of }) =>
        of.length > 0 &&
        html`${of.length < open.length || name !== NOT_SAID ? html`<h4>${name}</h4>` : null}
        ${lines(
          of.map(goal => goalLine(goal, day)),
          '',
        )}`,
    )}
    ${
      ended.length > 0 &&
      html`<details>
        <summary>${capital(counted(ended.length, 'goal'))} that ended</summary>
        ${lines(
          ended.map(goal => goalLine(goal, day)),
          '',
        )}
      </details>`
    }
  </div>`
}

const NOT_SAID = 'No term said'
const HORIZONS = [
  ['short', 'Short-term'],
  ['long', 'Long-term'],
  ['', NOT_SAID],
] as const

function goalLine({ said, subject, level, expected, ...goal }: SaidGoal, day: string): Html {
  const aim = levelWords(said, expected ?? 0)
  const reached = level === null ? null : levelWords(said, level)
  return line(
    html`${quoted(said, subject ? `A goal in ${subject}` : 'A goal')}
      <span class="standing">${standing(goal, day)}${level !== null && `: ${LEVELS[level + 2]}`}</span>
      ${aim && html`<span class="standing">Aimed at: ${aim}${reached && `. Reached: ${reached}`}</span>`}`,
    [`Set ${longDay(goal.set_day)}`, said.text !== '' && capital(subject), goal.source],
  )
}

/** `open, due 12 December 2025`, `reached 20 February 2026`. */
function standing(
  { status, due_day, closed_day }: Pick<SaidGoal, 'status' | 'due_day' | 'closed_day'>,
  day: string,
): string {
  const on = closed_day && ` ${longDay(closed_day)}`
  switch (status) {
    case 'attained':
      return `Reached${on}`
    case 'missed':
      return `Not reached${on}`
    case 'dropped':
      return `Given up${on}`
    default:
      if (due_day === '') return 'Open'
      return due_day < day ? `Open; it was due ${longDay(due_day)}` : `Open, due ${longDay(due_day)}`
  }
}

/** Levels of goal attainment scaling, -2 to 2 (Kiresuk & Sherman 1968). */
const LEVELS = [
  'much less than expected',
  'less than expected',
  'as expected',
  'more than expected',
  'much more than expected',
] as const

const levelWords = ({ levels }: Words, level: number): string => levels[String(level)]?.trim() ?? ''

/** The words, or what stands for them. */
function quoted({ title, text, unreadable }: Words, instead: string): Html {
  if (unreadable)
    return html`<span class="none">${instead}; its words cannot be read (erased, or not arrived yet)</span>`
  if (text === '' && title === '') return html`<span class="none">${instead}, not in words</span>`
  return html`${text !== '' && title !== '' && html`<span class="titled">${title}</span> `}<q>${text || title}</q>`
}

function planBlock(plans: readonly (z.infer<typeof Plan> & { said: Words })[]): Html | false {
  if (plans.length === 0) return false
  return html`<h3>Plan</h3>
    ${lines(
      plans.map(({ said, subject, source, begin_day, end_day, ...plan }) => {
        const what = [unitsOf(plan), mixOf(plan)].filter(Boolean).join('; ') || 'a plan without numbers'
        const numbers = subject ? `${capital(subject)}: ${what}` : capital(what)
        return line(
          said.text || said.unreadable
            ? html`${quoted(said, 'A plan')} <span class="standing">${numbers}</span>`
            : numbers,
          [`From ${longDay(begin_day)}${end_day && ` to ${longDay(addDays(end_day, -1))}`}`, source],
        )
      }),
      '',
    )}`
}

const unitsOf = ({ units_per_week: units }: Pick<z.infer<typeof Plan>, 'units_per_week'>): string =>
  units === null ? '' : `${units} ${units === 1 ? 'unit' : 'units'} of work a week`

function mixOf(plan: Omit<z.infer<typeof Plan>, 'subject' | 'source' | 'begin_day' | 'end_day'>): string {
  const shares = [
    ['alone', plan.mix_individual],
    ['with an adult', plan.mix_adult],
    ['with a partner', plan.mix_peer],
    ['in a group', plan.mix_group],
  ] as const
  return shares
    .flatMap(([how, share]) => (share === null || share === 0 ? [] : [`${Math.round(share * 100)}% ${how}`]))
    .join(', ')
}

function reflectionsBlock(reflections: readonly (z.infer<typeof Reflection> & { said: Words })[]): Html {
  const [shown, more] = [reflections.slice(0, 3), reflections.slice(3)]
  const one = ({ said, day, subject, about, source }: (typeof reflections)[number]): Html =>
    line(quoted(said, 'A reflection'), [longDay(day), capital(subject), said.title === '' && readable(about), source])
  return html`<h3>Reflections</h3>
    ${lines(shown.map(one), 'No reflection is recorded.')}
    ${
      more.length > 0 &&
      html`<details>
        <summary>Earlier reflections</summary>
        ${lines(more.map(one), '')}
      </details>`
    }`
}

const said = { record_id: z.string(), record_ms: z.number(), words: z.string(), source: z.string() }
const Level = z.int().min(-2).max(2).nullable()
const Goal = z.object({
  ...said,
  subject: z.string(),
  horizon: z.string(),
  set_day: z.string(),
  due_day: z.string(),
  closed_day: z.string(),
  status: z.string(),
  level: Level,
  expected: Level,
})
const Reflection = z.object({ ...said, day: z.string(), subject: z.string(), about: z.string() })
const Share = z.number().nullable()
const Plan = z.object({
  ...said,
  subject: z.string(),
  units_per_week: z.number().nullable(),
  mix_individual: Share,
  mix_adult: Share,
  mix_peer: Share,
  mix_group: Share,
  begin_day: z.string(),
  end_day: z.string(),
})

const GOALS = sql(new URL('./student-goals.sql', import.meta.url))
const REFLECTIONS = sql(new URL('./student-reflections.sql', import.meta.url))
const PLANS = sql(new URL('./student-plans.sql', import.meta.url))
