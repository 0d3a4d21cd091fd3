import { EXTENSIONS } from '../../../schemas/xapi.ts'
import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { sectionOn, studentName } from '../district.ts'
import { dayAt } from '../calendar.ts'
import type { Session } from '../effort.ts'
import { SUBJECTS } from '../groups.ts'
import { STREAM, type Random } from '../random.ts'
import { begunIn, type Begun } from './begun.ts'
import { LMS, statement, STATEMENT_FAULTS, verb } from './statement.ts'
import { duration, skill, utcTime } from './text.ts'
import type { Emit, Trace } from './trace.ts'

const INITIALIZED = 0
const EXPERIENCED = 1
const PROGRESSED = 2
const COMPLETED = 3
const VERBS = [
  verb('http://adlnet.gov/expapi/verbs/initialized', 'initialized'),
  verb('http://adlnet.gov/expapi/verbs/experienced', 'experienced'),
  verb('http://adlnet.gov/expapi/verbs/progressed', 'progressed'),
  verb('http://adlnet.gov/expapi/verbs/completed', 'completed'),
] as const

/** Of a course. */
const LESSONS = 40
const START_SHARE = 0.5
const CHOSEN_SHARE = 0.35

/** Lessons in the learning management system: actors by account, long steps with explicit durations. */
export const lessons: Trace = {
  number: 1,
  name: 'lessons',
  source: 'lms',
  faults: STATEMENT_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, session] of effort.sessions.entries()) {
      if (session.tool !== 0) continue
      const begun = begunIn(plan, this.number, effort.week, i, LESSONS, random)
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      layOutLesson(session, begun, random, emit)
    }
  },
  write: writeLesson,
}

/** Steps that cover the session without a gap of more than two minutes, the last of them a minute before its end. */
function layOutLesson(session: Session, begun: Begun, random: Random, emit: Emit): void {
  const { student, startMs, subject } = session
  const seconds = (session.minutes - 1) * 60
  const details = (subject << 2) | ((random.chance(CHOSEN_SHARE) ? 1 : 0) << 4)
  const started = seconds === 0 || random.chance(START_SHARE)
  const lesson = begun.number << 5
  if (started) emit(startMs, student, 0, details | INITIALIZED | lesson)
  for (let done = 0; done < seconds;) {
    const rest = seconds - done
    let step = Math.min(rest, 600 + random.below(1500))
    if (rest - step < 180) step = rest
    // Without a start event the first duration itself reaches back to the start.
    const pause = done === 0 && !started ? 0 : random.below(Math.min(120, step - 30))
    done += step
    const code = done === seconds ? COMPLETED : random.chance(0.5) ? PROGRESSED : EXPERIENCED
    const isBegun = code === PROGRESSED || (code === COMPLETED && begun.isFinished)
    emit(startMs + done * 1000, student, step - pause, details | code | (isBegun ? lesson : 0))
  }
}

function writeLesson(plan: District, row: Row, id: string, random: Random, fault: number): string {
  const code = row.b & 3
  const subject = (row.b >> 2) & 3
  const section = plan.sections[sectionOn(plan, row.who, subject, dayAt(plan.year, row.at))]!
  const drawn = 1 + random.below(LESSONS)
  const number = row.b >> 5 || drawn
  const course = `${LMS}/courses/${SUBJECTS[subject]!.id}-${section.grade}`
  const kind = code === EXPERIENCED ? 'media' : 'lesson'
  const parts = {
    id,
    actor: lmsActor(plan, row.who),
    verb: VERBS[code]!,
    object: `{"objectType":"Activity","id":"${course}/${kind}/${number}","definition":{"type":"http://adlnet.gov/expapi/activities/${kind}","name":{"en-US":"${SUBJECTS[subject]!.title} ${section.grade}, unit ${number}"}}}`,
    result: resultOf(code, row.a),
    context: `{"contextActivities":{"parent":[{"id":"${course}","definition":{"type":"http://adlnet.gov/expapi/activities/course"}}]},"platform":"Example LMS","extensions":{"${EXTENSIONS.subject}":"${SUBJECTS[subject]!.id}","${EXTENSIONS.section}":"${section.id}","${EXTENSIONS.choice}":"${row.b & 16 ? 'chosen' : 'assigned'}","${EXTENSIONS.skills}":["${skill(subject, 1 + (number % 12))}"]}}`,
    timestamp: utcTime(row.at),
  }
  return statement(parts, fault)
}

function resultOf(code: number, seconds: number): string {
  if (code === INITIALIZED) return ''
  return code === COMPLETED
    ? `{"completion":true,"duration":"${duration(seconds)}"}`
    : `{"duration":"${duration(seconds)}"}`
}

/** A student as the learning management system names them: by account, with the name. */
export function lmsActor(plan: District, student: number): string {
  const { given, family } = studentName(plan.seed, student)
  return `{"objectType":"Agent","name":"${given} ${family}","account":{"homePage":"${LMS}","name":"${plan.usernames[student]!}"}}`
}
