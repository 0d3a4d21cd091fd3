import { EXTENSIONS } from '../../../schemas/xapi.ts'
import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { emailOf, sectionOn } from '../district.ts'
import { dayAt } from '../calendar.ts'
import type { Session } from '../effort.ts'
import { SUBJECTS } from '../groups.ts'
import { STREAM, type Random } from '../random.ts'
import { begunIn, type Begun } from './begun.ts'
import { statement, STATEMENT_FAULTS, TUTOR, verb } from './statement.ts'
import { duration, localTime, skill } from './text.ts'
import type { Emit, Trace } from './trace.ts'

const ATTEMPTED = 0
const ANSWERED = 1
const COMPLETED = 2
const VERBS = [
  verb('http://adlnet.gov/expapi/verbs/attempted', 'attempted'),
  verb('http://adlnet.gov/expapi/verbs/answered', 'answered'),
  verb('http://adlnet.gov/expapi/verbs/completed', 'completed'),
] as const

/** Of a subject, with a problem set each. */
const SKILLS = 12
const ANSWERED_SHARE = 0.25
const CHOSEN_SHARE = 0.5
/** Chance of a right answer in the lowest band of prior achievement, and what each band adds. */
const RIGHT = 0.55
const RIGHT_PER_BAND = 0.09

/** Sessions with a tutoring tool: actors by e-mail address, single answers and scored problem sets. */
export const practice: Trace = {
  number: 2,
  name: 'practice',
  source: 'tutor',
  faults: STATEMENT_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, session] of effort.sessions.entries()) {
      if (session.tool !== 1) continue
      const begun = begunIn(plan, this.number, effort.week, i, SKILLS, random)
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      layOutPractice(session, begun, random, emit)
    }
  },
  write: writePractice,
}

/** Problem sets, whose durations cover them, and single answers, which leave gaps below ten minutes. */
function layOutPractice(session: Session, begun: Begun, random: Random, emit: Emit): void {
  const { student, startMs, subject } = session
  const seconds = (session.minutes - 1) * 60
  const details = (subject << 2) | ((random.chance(CHOSEN_SHARE) ? 1 : 0) << 4)
  const set = begun.number << 5
  let isOpen = begun.isFinished
  emit(startMs, student, 0, details | ATTEMPTED | set)
  for (let done = 0; done < seconds;) {
    const rest = seconds - done
    const answers = random.chance(ANSWERED_SHARE)
    let step = Math.min(rest, answers ? 120 + random.below(420) : 600 + random.below(1200))
    if (rest - step < 60) step = rest
    const worked = answers ? Math.max(20 + random.below(220), step - 570) : step - random.below(60)
    done += step
    emit(
      startMs + done * 1000,
      student,
      Math.min(Math.max(worked, 20), step),
      details | (answers ? ANSWERED : COMPLETED) | (isOpen && !answers ? set : 0),
    )
    if (!answers) isOpen = false
  }
}

function writePractice(plan: District, row: Row, id: string, random: Random, fault: number): string {
  const code = row.b & 3
  const subject = (row.b >> 2) & 3
  const section = plan.sections[sectionOn(plan, row.who, subject, dayAt(plan.year, row.at))]!
  const drawn = 1 + random.below(SKILLS)
  const number = row.b >> 5 || drawn
  const name = skill(subject, number)
  const item = code === ANSWERED ? `/items/${1 + random.below(60)}` : ''
  const type = code === ANSWERED ? 'cmi.interaction' : 'assessment'
  const parts = {
    id,
    actor: `{"mbox":"mailto:${emailOf(plan.usernames[row.who]!)}"}`,
    verb: VERBS[code]!,
    object: `{"objectType":"Activity","id":"${TUTOR}/skills/${name}${item}","definition":{"type":"http://adlnet.gov/expapi/activities/${type}"${code === ANSWERED ? ',"interactionType":"numeric"' : ''}}}`,
    result: resultOf(plan, row, code, random),
    context: `{"contextActivities":{"parent":[{"id":"${TUTOR}/sessions/${SUBJECTS[subject]!.id}","definition":{"type":"http://id.tincanapi.com/activitytype/tutor-session"}}]},"platform":"Example Tutor","extensions":{"${EXTENSIONS.subject}":"${SUBJECTS[subject]!.id}","${EXTENSIONS.section}":"${section.id}","${EXTENSIONS.choice}":"${row.b & 16 ? 'chosen' : 'assigned'}","${EXTENSIONS.skills}":["${name}"]}}`,
    timestamp: localTime(plan, row.at),
  }
  return statement(parts, fault)
}

function resultOf(plan: District, row: Row, code: number, random: Random): string {
  if (code === ATTEMPTED) return ''
  const chance = RIGHT + RIGHT_PER_BAND * plan.students.band[row.who]!
  const worked = `"duration":"${duration(row.a)}"`
  if (code === ANSWERED) {
    const right = random.chance(chance)
    return `{"success":${right},"response":"${random.below(100)}","score":{"scaled":${right ? 1 : 0}},${worked}}`
  }
  let right = 0
  for (let item = 0; item < 10; item++) if (random.chance(chance)) right++
  return `{"completion":true,"success":${right >= 7},"score":{"scaled":${right / 10},"raw":${right},"min":0,"max":10},${worked}}`
}
