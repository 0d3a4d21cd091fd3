import { z } from 'zod'
import { rows } from '../../../infra/warehouse/rows.ts'
import { sql } from '../../../infra/warehouse/sql.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { counted, longDay } from '../../wording.ts'
import { capital, dayOfMs, line, lines, readable } from '../brief/evidence.ts'
import type { Section } from '../parts/section.ts'
import type { Chosen } from './student-traces.ts'
import type { StudentView } from '../student.ts'
import type { Visit } from '../parts/visit.ts'

/** How many skills are named; the others are counted. */
const NAMED = 5
/** How many chosen activities are named. */
const EXAMPLES = 3
/** A skill counts as being worked on so long after its last answer. */
const WORKED_ON_DAYS = 42
/** Answers from which on something is said of a skill, as mastery has it (A6). */
const LEAST_ANSWERS = 3
/** Growth percentiles beyond which, without an error of measurement, growth is called high or low (A1). */
const [LOW, TYPICAL, HIGH] = [35, 50, 65]

/** Strengths, needs and interests as the records show them, each line with its evidence. */
export async function recordsOfStudent(visit: Visit, view: StudentView): Promise<Section> {
  const { warehouse } = visit
  const { identifiers, student } = view
  const [skills, growth, tags, traces] = await Promise.all([
    warehouse.query(SKILLS, { student: student.student }).then(found => rows(Skill, found)),
    warehouse.query(PERCENTILES, { student: student.student }).then(found => rows(Percentile, found)),
    warehouse.query(TAGS, { identifiers }).then(found => rows(Tag, found)),
    view.traces,
  ])
  const noted = (kind: string): Html[] =>
    tags
      .filter(tag => tag.kind === kind)
      .map(tag => line(capital(tag.tag), [`Noted in a conversation, ${longDay(tag.last_day)}`]))
  const strengths = [
    ...noted('strength'),
    ...growth.filter(isHigh).map(one => growthLine(one, 'more')),
    ...skillLines(
      visit,
      skills.filter(({ mastered }) => mastered),
      'Knows',
    ),
  ]
  const needs = [
    // What a student needs is said to the adviser; others hear it from the student.
    ...(view.advised ? noted('need') : []),
    ...growth.filter(isLow).map(one => growthLine(one, 'less')),
    ...skillLines(visit, skills.filter(isWorkedOn(visit, view)), 'Working on'),
  ]
  return {
    html: html`<section aria-labelledby="records">
      <h2 id="records">What the records show</h2>
      <div class="columns">
        <div>
          <h3>Strengths</h3>
          ${lines(strengths, 'The records name none yet.')}
        </div>
        <div>
          <h3>Needs</h3>
          ${lines(needs, 'The records name none.')}
        </div>
        <div>
          <h3>Interests</h3>
          ${lines([...noted('interest'), ...interestLines(traces?.chosen ?? [])], 'Nothing was chosen freely in the last twelve weeks, as far as tools say.')}
        </div>
      </div>
    </section>`,
  }
}

type SkillRow = z.infer<typeof Skill>

function skillLines({ timeZone }: Visit, skills: readonly SkillRow[], how: string): Html[] {
  const named = skills.flatMap(skill => {
    const name = readable(skill.skill)
    return name === '' ? [] : [{ ...skill, name }]
  })
  const shown = named
    .slice(0, NAMED)
    .map(({ name, responses, value, last_ms }) =>
      line(`${how}: ${name}`, [
        `${counted(responses, 'answer')}, the last on ${dayOfMs(last_ms, timeZone)}`,
        `known with probability ${value.toFixed(2)}`,
      ]),
    )
  const more = skills.length - shown.length
  if (more === 0) return shown
  const others = shown.length === 0 ? counted(more, 'skill') : counted(more, 'more skill')
  return [...shown, line(`${how}: ${others}`, ['answers in connected tools'])]
}

const isWorkedOn =
  ({ timeZone }: Visit, { day }: StudentView) =>
  ({ mastered, responses, value, last_ms }: SkillRow): boolean =>
    !mastered &&
    responses >= LEAST_ANSWERS &&
    value < 0.5 &&
    new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(last_ms)) > addDays(day, -WORKED_ON_DAYS)

type PercentileRow = z.infer<typeof Percentile>

const isHigh = ({ value, lo }: PercentileRow): boolean => (lo === null ? value > HIGH : lo > TYPICAL)
const isLow = ({ value, hi }: PercentileRow): boolean => (hi === null ? value < LOW : hi < TYPICAL)

function growthLine({ test, subject, window, day, lo, hi }: PercentileRow, beside: 'more' | 'less'): Html {
  const range = lo === null || hi === null ? '' : `, at percentile ${Math.round(lo)} to ${Math.round(hi)}`
  return line(`${capital(subject)}: grew ${beside} than most who began alike${range}`, [
    `${test}, ${window}`,
    `taken ${longDay(day)}`,
  ])
}

/** By subject, what was chosen most often first. */
function interestLines(chosen: readonly Chosen[]): Html[] {
  const subjects = [...Map.groupBy(chosen, ({ subject }) => subject)].map(([subject, of]) => {
    const newest = of.toSorted((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : a.object < b.object ? -1 : 1))
    const objects = [...new Set(newest.map(({ object }) => object))]
    return { subject, count: objects.length, last: newest[0]!.day, objects }
  })
  return subjects
    .toSorted((a, b) => b.count - a.count || (a.subject < b.subject ? -1 : 1))
    .map(({ subject, count, last, objects }) => {
      const named = [...new Set(objects.map(readable).filter(Boolean))].slice(0, EXAMPLES)
      const where = subject === '' ? '' : ` in ${subject}`
      const what = `${counted(count, 'activity', 'activities')}${where} by own choice`
      return line(named.length > 0 ? `${what}: ${named.join(', ')}` : what, [
        `Twelve weeks, the last on ${longDay(last)}`,
      ])
    })
}

const Skill = z.object({
  skill: z.string(),
  value: z.number(),
  responses: z.int(),
  mastered: z.boolean(),
  last_ms: z.number(),
})
const Percentile = z.object({
  test: z.string(),
  subject: z.string(),
  window: z.string(),
  day: z.string(),
  value: z.number(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
})
const Tag = z.object({ kind: z.string(), tag: z.string(), last_day: z.string() })

const SKILLS = sql(new URL('./student-skills.sql', import.meta.url))
const PERCENTILES = sql(new URL('./student-percentiles.sql', import.meta.url))
const TAGS = sql(new URL('./student-tags.sql', import.meta.url))
