import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { activityOf, choices, reflections } from './agency.ts'
import { CsvFile, writeCsv } from './csv-file.ts'
import { studentId, studentNumber, type District } from './district.ts'
import { goals } from './goals.ts'
import { SUBJECTS } from './groups.ts'
import { learnerPlans } from './learner-plans.ts'
import { LONG_GOALS, REFLECTIONS, SHORT_GOALS, type GoalPhrase } from './phrases.ts'
import { monthDayYear } from './traces/text.ts'

type Rows = Iterable<(string | number)[]>

const EXAMPLES = new URL('../examples/plans/', import.meta.url)
const GOAL_COLUMNS =
  'goal_id,student_id,subject,kind,goal,set_on,due_on,much_less,less,expected,more,much_more,weight,ended_on,outcome,level'
const PLAN_COLUMNS =
  'Plan Id,State,Student Number,Subject,Units per Week,On My Own,With a Teacher,With a Partner,In a Group,Starts,Last Day,Why This Plan'
const OUTCOMES = { attained: 'reached', missed: 'not reached', dropped: 'given up', open: '' } as const

/**
 * Learners' own plans, goals, choices and reflections as two tools export them, each with the ready mapping of
 * `infra/examples/plans`: what `homeroom load FOLDER` takes.
 */
export async function writeLearnerPlans(plan: District, folder: string): Promise<void> {
  const planner = join(folder, 'planner')
  const goalBook = join(folder, 'goal-book')
  for (const [name, place] of [
    ['planner', planner],
    ['goal-book', goalBook],
  ] as const) {
    // prettier-ignore
    await mkdir(place, { recursive: true })
    await copyFile(new URL(`${name}/mapping.json`, EXAMPLES), join(place, 'mapping.json'))
  }
  await writeCsv(join(planner, 'plans.csv'), PLAN_COLUMNS, planRows(plan))
  await writeCsv(join(planner, 'choices.csv'), 'Student Number,Subject,Date,Menu,Picked,Picked By', choiceRows(plan))
  await writeReflections(plan, join(planner, 'reflections.jsonl'))
  await writeCsv(join(goalBook, 'goals.csv'), GOAL_COLUMNS, goalRows(plan))
}

function* planRows(plan: District): Rows {
  for (const { student, number, units, mix, from, through, reason } of learnerPlans(plan)) {
    const id = `plan-${student + 1}-${number}`
    const last = through === '' ? '' : monthDayYear(through)
    yield [id, 'current', studentNumber(student), '', units, ...mix, monthDayYear(from), last, reason]
  }
}

function* choiceRows(plan: District): Rows {
  for (const choice of choices(plan)) {
    const { student, day, subject, offered, taken, by } = choice
    const menu = offered.map(offer => activityOf(choice, offer)).join('|')
    const date = monthDayYear(plan.year.dates[day]!)
    const picked = taken < 0 ? '' : activityOf(choice, taken)
    yield [studentNumber(student), SUBJECTS[subject]!.id, date, menu, picked, by]
  }
}

async function writeReflections(plan: District, path: string): Promise<void> {
  const file = await CsvFile.create(path)
  for (const { student, number, day, minute, subject, phrase } of reflections(plan)) {
    const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
    file.line(
      JSON.stringify({
        id: `reflection-${student + 1}-${number}`,
        student: { number: studentNumber(student) },
        subject: SUBJECTS[subject]!.id,
        written: `${plan.year.dates[day]!}T${time}:00${plan.year.offsets[day]!}`,
        prompt: promptOf(day),
        answer: REFLECTIONS[phrase]!,
      }),
    )
    await file.flush()
  }
  await file.close()
}

/** The question of the week that a day is in. */
export const promptOf = (day: number): string => `question-of-week-${Math.floor(day / 7) + 1}`

function* goalRows(plan: District): Rows {
  for (const goal of goals(plan)) {
    const { student, number, horizon, subject, set, due, ended, outcome, level, weight } = goal
    const { text, levels } = phraseOf(goal)
    const title = subject < 0 ? '' : SUBJECTS[subject]!.title
    const kind = horizon === 'short' ? 'this term' : 'this year'
    const about = subject < 0 ? '' : SUBJECTS[subject]!.id
    yield [`goal-${student + 1}-${number}`, studentId(student), about, kind, text.replace('{subject}', title), set, due, ...levels, weight, ended, OUTCOMES[outcome], level ?? ''] // prettier-ignore
  }
}

function phraseOf({ horizon, phrase }: { horizon: 'short' | 'long'; phrase: number }): GoalPhrase {
  return (horizon === 'short' ? SHORT_GOALS : LONG_GOALS)[phrase]!
}
