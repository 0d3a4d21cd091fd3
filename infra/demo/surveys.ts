import { readFileSync } from 'node:fs'
import { Instrument } from '../../schemas/survey.ts'
import { planClimate, SURVEY_WINDOWS, type Climate, type Informant } from './climate.ts'
import { schoolOn, studentDays, type District } from './district.ts'
import { COMMENTS } from './phrases.ts'
import { STREAM, Random, uuid } from './random.ts'
import { gradeEffect } from './students.ts'

/** A row of a form tool's export. */
export type SurveyResponse = {
  /** Place in `demoInstruments`. */
  survey: number
  /** Place in SURVEY_WINDOWS. */
  window: number
  id: string
  informant: Informant
  /** The student who answers, or whose family does; of staff their number. */
  who: number
  /** Where they are on that day. */
  school: number
  day: number
  minute: number
  language: 'en' | 'es'
  /** By item: as answered, not turned round; null: left empty. Items of free text: place in COMMENTS. */
  answers: (number | 'declined' | null)[]
  /** The same answer to everything. */
  isStraight: boolean
  /** Another response of the same person does. */
  counts: boolean
}

const SURVEYS = ['school-climate', 'learning-and-growing'] as const
const FILES = SURVEYS.flatMap(survey => ['student', 'family', 'staff'].map(who => `${survey}-${who}.json`))
const INSTRUMENTS = new URL('../instruments/', import.meta.url)

const STUDENTS_ANSWER = 0.75
/** Of those whose activity has fallen. */
const LESS_OFTEN = 0.6
/** Families of a school: between these; the second survey is longer than their patience. */
const FAMILIES_ANSWER = [0.3, 0.6] as const
const SECOND_SURVEY = 0.6
const STAFF_ANSWER = 0.8
/** Families that answer in the smallest school: one fewer than may be shown. */
const FEW_FAMILIES = 9

const PERSON_SD = 0.7
const TOPIC_SD = 0.48
const NOISE_SD = 0.75
/** A family's mood follows its child's. */
const OF_THE_CHILD = 0.5
const EASE_SD = 0.2
const SHIFT: Record<Informant, number> = { student: 0.4, family: 0.6, staff: 0.5 }
/** What somebody feels in four categories. */
const CUTS = [-1.2, 0, 1.2] as const
/** Of those with no peer tie, and of those whom no adult meets: what they feel less. */
const ALONE = 0.6
const UNSEEN = 0.7
const UNSEEN_RATE = 0.1

const STRAIGHT: Record<Informant, number> = { student: 0.04, family: 0.02, staff: 0 }
const STRAIGHT_STEPS = [0.1, 0.2, 0.7] as const
const SKIPPING_SHARE = 0.12
const SKIPPED = 0.1
const DECLINED: Record<Informant, number> = { student: 0.02, family: 0.04, staff: 0.01 }
const BROKEN_OFF_SHARE = 0.03
const COMMENT_SHARE = 0.08
const SPANISH_FAMILIES = 0.22
const SPANISH_STUDENTS = 0.4
const SPANISH_STAFF = 0.03

/** The shipped instruments, asked in the year's two windows. */
export function demoInstruments(): Instrument[] {
  return FILES.map(name => {
    const shipped = JSON.parse(readFileSync(new URL(name, INSTRUMENTS), 'utf8')) as object
    return Instrument.parse({ ...shipped, windows: SURVEY_WINDOWS })
  })
}

/**
 * What is answered in the two windows, by survey, window and person. Students give their number, staff their address, families
 * nothing but school and grade.
 */
export function* surveyResponses(plan: District): Generator<SurveyResponse> {
  const climate = planClimate(plan)
  const smallest = smallestSchool(plan)
  const random = new Random()
  for (const [survey, instrument] of demoInstruments().entries()) {
    for (const window of SURVEY_WINDOWS.keys()) {
      const few = fewFamilies(plan, smallest, window, survey)
      const asking: Asking = { plan, climate, survey, instrument, window, smallest, few }
      const { informant } = instrument
      const people = informant === 'staff' ? plan.staff.length : plan.students.count
      for (let who = 0; who < people; who++) yield* responsesOf(asking, who, random)
    }
  }
}

type Asking = {
  plan: District
  climate: Climate
  survey: number
  instrument: Instrument
  window: number
  smallest: number
  /** The families of the smallest school that answer. */
  few: ReadonlySet<number>
}

function* responsesOf(asking: Asking, who: number, random: Random): Generator<SurveyResponse> {
  const { plan, survey, instrument, window } = asking
  const { informant } = instrument
  const mind = mindOf(plan, informant, who, random)
  random.restart(plan.seed, STREAM.answers, survey * SURVEY_WINDOWS.length + window, who)
  const { day, minute } = whenOf(asking, who, random)
  const school = informant === 'staff' ? plan.staff[who]!.school : schoolOn(plan, who, day)
  const isIn = random.chance(chanceOf(asking, who, school, day))
  if (!(informant === 'family' && school === asking.smallest ? asking.few.has(who) : isIn)) return
  const id = uuid(random)
  const isStraight = random.chance(STRAIGHT[informant])
  const brokenOff = informant === 'student' && !isStraight && random.chance(BROKEN_OFF_SHARE)
  const felt = { ...mind, school, window }
  const answers = isStraight ? sameAnswers(instrument, random) : answersOf(asking, who, felt, random)
  const response = { survey, window, informant, who, school, day, language: mind.language, isStraight }
  if (brokenOff) {
    // Begun, left after a third of the questions, and answered whole twenty minutes later.
    const begun = answers.map((answer, item) => (item < answers.length / 3 ? answer : null))
    yield { ...response, id: uuid(random), minute: minute - 20, answers: begun, counts: false }
  }
  yield { ...response, id, minute, answers, counts: true }
}

type Mind = { mood: number; language: 'en' | 'es' }

/** What somebody brings to every survey. */
function mindOf({ seed }: District, informant: Informant, who: number, random: Random): Mind {
  if (informant === 'staff') {
    random.restart(seed, STREAM.surveys, 2, who)
    return { mood: random.normal(0, PERSON_SD), language: random.chance(SPANISH_STAFF) ? 'es' : 'en' }
  }
  random.restart(seed, STREAM.surveys, 0, who)
  const [mood, own] = [random.normal(0, PERSON_SD), random.normal(0, PERSON_SD)]
  const isSpanish = random.chance(SPANISH_FAMILIES)
  const answersSo = random.chance(SPANISH_STUDENTS)
  return informant === 'student'
    ? { mood, language: isSpanish && answersSo ? 'es' : 'en' }
    : {
        mood: OF_THE_CHILD * mood + Math.sqrt(1 - OF_THE_CHILD ** 2) * own,
        language: isSpanish ? 'es' : 'en',
      }
}

/** Students answer at school, staff after it, families in the evening of any day. */
function whenOf({ plan, instrument, window }: Asking, who: number, random: Random): { day: number; minute: number } {
  const { begin, end } = SURVEY_WINDOWS[window]!
  const from = plan.year.dates.indexOf(begin)
  const days = plan.year.dates.indexOf(end) - from
  const first = random.below(days)
  if (instrument.informant === 'family') return { day: from + first, minute: 1020 + random.below(240) }
  const minute = instrument.informant === 'staff' ? 900 + random.below(120) : 540 + random.below(300)
  for (let i = 0; i < days; i++) {
    const day = from + ((first + i) % days)
    const week = Math.floor(day / 7)
    const open =
      instrument.informant === 'staff' ? plan.schoolDays(plan.staff[who]!.school, week) : studentDays(plan, who, week)
    if (open & (1 << (day % 7))) return { day, minute }
  }
  throw new RangeError('a window of a survey has days with school')
}

/** Lower toward grade 12: who is older answers less often. The second survey is for even grades only. */
function chanceOf({ plan, instrument }: Asking, who: number, school: number, day: number): number {
  const { students, staff, schools } = plan
  const isSecond = instrument.instrument.startsWith(SURVEYS[1])
  if (instrument.informant === 'staff') return staff[who]!.role === 'teacher' ? STAFF_ANSWER : 0
  if (instrument.informant === 'family') {
    const [from, to] = FAMILIES_ANSWER
    const share = new Random().restart(plan.seed, STREAM.surveys, 3, school).between(from, to)
    return isSecond ? share * SECOND_SURVEY : share
  }
  const grade = students.grade[who]!
  if (isSecond && grade % 2 === 1) return 0
  const dropWeek = students.dropWeek[who]!
  const hasFallen = dropWeek >= 0 && day >= dropWeek * 7
  return (STUDENTS_ANSWER + gradeEffect(schools[school]!.grades, grade)) * (hasFallen ? LESS_OFTEN : 1)
}

/** Exactly so many of those who are at the smallest school from the window's first to its last day. */
function fewFamilies(plan: District, smallest: number, window: number, survey: number): Set<number> {
  const { begin, end } = SURVEY_WINDOWS[window]!
  const days = [plan.year.dates.indexOf(begin), plan.year.dates.indexOf(end) - 1]
  const random = new Random()
  const drawn = Array.from({ length: plan.students.count }, (_, who) => who)
    .filter(who => days.every(day => schoolOn(plan, who, day) === smallest))
    .map(who => ({ who, at: random.restart(plan.seed, STREAM.answers, 1000 + survey * 2 + window, who).unit() }))
  drawn.sort((a, b) => a.at - b.at)
  return new Set(drawn.slice(0, FEW_FAMILIES).map(({ who }) => who))
}

/** Of equals the first. */
export const smallestSchool = ({ schools }: Pick<District, 'schools'>): number =>
  schools.reduce((best, { size }, index) => (size < schools[best]!.size ? index : best), 0)

type Felt = Mind & { school: number; window: number }

function answersOf(asking: Asking, who: number, felt: Felt, random: Random): SurveyResponse['answers'] {
  const { plan, climate, instrument } = asking
  const { informant } = instrument
  const topics = new Map<string, number>()
  const skips = random.chance(SKIPPING_SHARE)
  const ease = new Random()
  return instrument.items.map(({ id, domain, scale, reverse }) => {
    if (scale === undefined) return random.chance(COMMENT_SHARE) ? random.below(COMMENTS.length) : null
    if (!topics.has(domain)) topics.set(domain, random.normal(0, TOPIC_SD))
    const feeling =
      SHIFT[informant] +
      climate.level(informant, felt.window, felt.school, domain.split('/')[0]!) +
      felt.mood +
      topics.get(domain)! +
      ofStudent(plan, informant, who, felt.school, domain) +
      ease.restart(plan.seed, STREAM.climate, 100, Number.parseInt(id, 36)).normal(0, EASE_SD) +
      random.normal(0, NOISE_SD)
    const step = 1 + CUTS.filter(cut => feeling >= cut).length
    const isDeclined = random.chance(DECLINED[informant])
    if (random.chance(skips ? SKIPPED : 0)) return null
    return isDeclined ? 'declined' : reverse ? 5 - step : step
  })
}

/** Lower toward grade 12; lower where a student is alone, or known by no adult. */
function ofStudent(plan: District, informant: Informant, who: number, school: number, domain: string): number {
  if (informant === 'staff') return 0
  const { students, schools } = plan
  const older = 2 * gradeEffect(schools[school]!.grades, students.grade[who]!)
  const isAlone = domain === 'belonging' && students.isolate[who] === 1
  const isUnseen = domain === 'adult' && students.contactRate[who]! < UNSEEN_RATE
  const own = older - (isAlone ? ALONE : 0) - (isUnseen ? UNSEEN : 0)
  return informant === 'student' ? own : OF_THE_CHILD * own
}

function sameAnswers({ items }: Instrument, random: Random): SurveyResponse['answers'] {
  const drawn = random.unit()
  const step = 1 + STRAIGHT_STEPS.filter(limit => drawn >= limit).length
  return items.map(({ scale }) => (scale === undefined ? null : step))
}
