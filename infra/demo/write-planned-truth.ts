import { join } from 'node:path'
import { activityOf, choices, reflections } from './agency.ts'
import { ABSENCE, REASONS, type Absence } from './attendance.ts'
import { DOMAINS, INFORMANTS, planClimate, SURVEY_WINDOWS } from './climate.ts'
import { conversations } from './conversations.ts'
import { writeCsv } from './csv-file.ts'
import { schoolOn, staffId, studentId, type District } from './district.ts'
import type { Effort } from './effort.ts'
import { ENCOUNTER, encountersOf, type Encounters } from './encounters.ts'
import { goals } from './goals.ts'
import { SUBJECTS } from './groups.ts'
import { GROUP_TERMS } from './helpers.ts'
import { learnerPlans } from './learner-plans.ts'
import { marks, QUARTERS } from './marks.ts'
import { CONVERSATION_WORDS as WORDS } from './phrases.ts'
import { Random } from './random.ts'
import { ACTIONS, BEHAVIOURS, LEVELS } from './referrals.ts'
import { demoInstruments, surveyResponses } from './surveys.ts'
import { PROJECTS, teamId } from './teams.ts'
import { virtualTutor } from './traces/virtual-tutor.ts'

type Row = (string | number)[]

/** How many there are of what does not come through the doors; incomplete marks count among `marks`. */
export type FileTotals = Record<
  'plans' | 'goals' | 'choices' | 'reflections' | 'referrals' | 'marks' | 'responses' | 'conversations',
  number
>

export const ABSENCE_COLUMNS = 'student,day,school,excuse,reason,delivered'

/** Logged minutes of a student-week by with whom they were spent, beside work alone. */
export const MODES = {
  pair_minutes: 0,
  team_minutes: 1,
  group_minutes: 2,
  one_to_one_minutes: 3,
  community_minutes: 4,
  virtual_tutor_minutes: 5,
} as const

/**
 * Write what is planted in plans, goals, choices, reflections, referrals, marks and surveys, and who helps whom: the words are in what
 * is loaded. @returns how many rows there are of each
 */
export async function writePlannedTruth(plan: District, folder: string): Promise<FileTotals> {
  await writeCsv(join(folder, 'teams.csv'), 'team,project,student,choice', teamRows(plan))
  await writeCsv(join(folder, 'small-groups.csv'), 'group,teacher,subject,student,from_week,to_week', groupRows(plan))
  await writeCsv(join(folder, 'mentors.csv'), 'mentor,role,student', mentorRows(plan))
  await writeCsv(join(folder, 'climate.csv'), 'informant,window,school,domain,level', climateRows(plan))
  const counts: Partial<FileTotals> = {}
  for (const [name, [columns, rows]] of Object.entries(PLANNED) as [keyof FileTotals, (typeof PLANNED)['plans']][]) {
    const all = [...rows(plan)]
    await writeCsv(join(folder, `${name}.csv`), columns, all)
    counts[name] = all.length
  }
  return counts as FileTotals
}

const PLANNED: Record<keyof FileTotals, [columns: string, rows: (plan: District) => Iterable<Row>]> = {
  plans: ['student,number,units_per_week,usual_units,individual,adult,peer,group,from,through', planRows],
  goals: ['student,number,horizon,subject,set,due,ended,outcome,level,weight', goalRows],
  choices: ['student,day,subject,offered,taken,by', choiceRows],
  reflections: ['student,number,day,subject', reflectionRows],
  referrals: ['student,day,level,behaviour,action', referralRows],
  marks: ['student,quarter,subject,percent', markRows],
  responses: ['survey,window,who,school,grade,day,language,straight,counts', responseRows],
  conversations: ['student,adviser,day,minutes,topics,strengths,interests,needs,step,goal,note', talkRows],
}

export const absenceRow = (plan: District, { student, day, excuse, reason, delivered }: Absence): Row => [
  studentId(student),
  plan.year.dates[day]!,
  plan.schools[schoolOn(plan, student, day)]!.id,
  ABSENCE[excuse]!,
  REASONS[reason]!,
  String(delivered),
]

/** Minutes of every student in a week, one column for each of `MODES`. */
export function modeMinutes(plan: District, effort: Effort): Record<keyof typeof MODES, Uint16Array> {
  const columns = Object.keys(MODES).map(() => new Uint16Array(plan.students.count))
  const encounters = encountersOf(plan, effort)
  for (let i = 0; i < encounters.count; i++)
    columns[modeOf(plan, encounters, i)]![encounters.student[i]!]! += encounters.minutes[i]!
  virtualTutor.layOut(plan, effort, new Random(), (_at, who, asked = 0) => {
    columns[MODES.virtual_tutor_minutes]![who]! += asked
  })
  return Object.fromEntries(Object.keys(MODES).map((name, i) => [name, columns[i]!])) as ReturnType<typeof modeMinutes>
}

function modeOf({ staff }: District, { kind, team, adult }: Encounters, i: number): number {
  if (kind[i] === ENCOUNTER.collaborated) return team[i]! < 0 ? MODES.pair_minutes : MODES.team_minutes
  if (kind[i] === ENCOUNTER.metGroup) return MODES.group_minutes
  return adult[i]! >= staff.length ? MODES.community_minutes : MODES.one_to_one_minutes
}

const subjectId = (subject: number): string => SUBJECTS[subject]?.id ?? ''

function* teamRows({ teams }: District): Iterable<Row> {
  for (const [team, { project, students, choice }] of teams.list.entries())
    for (const student of students) yield [teamId(teams, team), PROJECTS[project]!.id, studentId(student), choice]
}

function* groupRows({ smallGroups, year }: District): Iterable<Row> {
  for (const [group, { teacher, subject, students, term }] of smallGroups.entries()) {
    const [from, to] = GROUP_TERMS[term]!.map(open => year.dates[year.openWeeks[open]! * 7]!) as [string, string]
    for (const student of students)
      yield [group + 1, staffId(teacher), subjectId(subject), studentId(student), from, to]
  }
}

function* mentorRows({ mentors }: District): Iterable<Row> {
  for (const { id, role, students } of mentors) for (const student of students) yield [id, role, studentId(student)]
}

function* planRows(plan: District): Iterable<Row> {
  for (const { student, number, units, usual, mix, from, through } of learnerPlans(plan))
    yield [studentId(student), number, units, usual.toFixed(4), ...mix, from, through]
}

function* goalRows(plan: District): Iterable<Row> {
  for (const { student, number, horizon, subject, set, due, ended, outcome, level, weight } of goals(plan))
    yield [studentId(student), number, horizon, subjectId(subject), set, due, ended, outcome, level ?? '', weight]
}

function* choiceRows(plan: District): Iterable<Row> {
  for (const choice of choices(plan)) {
    const { student, day, subject, offered, taken, by } = choice
    const picked = taken < 0 ? '' : activityOf(choice, taken)
    yield [studentId(student), plan.year.dates[day]!, subjectId(subject), offered.length, picked, by]
  }
}

function* reflectionRows(plan: District): Iterable<Row> {
  for (const { student, number, day, subject } of reflections(plan))
    yield [studentId(student), number, plan.year.dates[day]!, subjectId(subject)]
}

function* referralRows({ referrals, year }: District): Iterable<Row> {
  for (const { student, day, level, behaviour, action } of referrals)
    yield [studentId(student), year.dates[day]!, LEVELS[level]!, BEHAVIOURS[behaviour]!, ACTIONS[action]!]
}

function* markRows(plan: District): Iterable<Row> {
  for (const { student, quarter, subject, percent } of marks(plan))
    yield [studentId(student), QUARTERS[quarter]!.id, subjectId(subject), percent < 0 ? '' : percent]
}

function* responseRows(plan: District): Iterable<Row> {
  const instruments = demoInstruments()
  for (const { survey, window, informant, who, school, day, language, isStraight, counts } of surveyResponses(plan)) {
    const { instrument } = instruments[survey]!
    const [id, grade] = informant === 'staff' ? [staffId(who), ''] : [studentId(who), plan.students.grade[who]!]
    yield [instrument, SURVEY_WINDOWS[window]!.id, id, plan.schools[school]!.id, grade, plan.year.dates[day]!, language, String(isStraight), String(counts)] // prettier-ignore
  }
}

function* climateRows(plan: District): Iterable<Row> {
  const { level } = planClimate(plan)
  for (const informant of INFORMANTS)
    for (const [window, { id }] of SURVEY_WINDOWS.entries())
      for (const [school, { id: schoolId }] of plan.schools.entries())
        for (const domain of DOMAINS)
          yield [informant, id, schoolId, domain, level(informant, window, school, domain).toFixed(4)]
}

function* talkRows(plan: District): Iterable<Row> {
  const words = (list: readonly string[], places: readonly number[]) => places.map(place => list[place]!).join(';')
  for (const talk of conversations(plan)) {
    const { student, adviser, day, minutes, topics, strengths, interests, needs, step, goal, note } = talk
    yield [
      studentId(student),
      staffId(adviser),
      plan.year.dates[day]!,
      minutes,
      words(WORDS.topics, topics),
      words(WORDS.strengths, strengths),
      words(WORDS.interests, interests),
      words(WORDS.needs, needs),
      WORDS.steps[step]!.step,
      Number(goal >= 0),
      Number(note >= 0),
    ]
  }
}
