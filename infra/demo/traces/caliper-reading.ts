import { EXTENSIONS } from '../../../schemas/xapi.ts'
import type { Row } from '../deliveries.ts'
import type { District } from '../district.ts'
import { sectionOn } from '../district.ts'
import { dayAt } from '../calendar.ts'
import type { Session } from '../effort.ts'
import { SUBJECTS } from '../groups.ts'
import { STREAM, type Random } from '../random.ts'
import { begunIn, type Begun } from './begun.ts'
import { CALIPER_CONTEXT, caliperEvent, CALIPER_FAULTS, personIri, READER } from './caliper-event.ts'
import { duration, skill, utcTime } from './text.ts'
import type { Emit, Trace } from './trace.ts'

const NAVIGATED = 0
const VIEWED = 1
const ITEM_STARTED = 2
const ITEM_COMPLETED = 3
const SUBMITTED = 4

const CHOSEN_SHARE = 0.4
/** Of a subject, each with a quiz of so many questions. */
const UNITS = 24
const ITEMS = 8

/** Reading with questions in a tool that speaks Caliper: persons by IRI, a step at least every ten minutes. */
export const reading: Trace = {
  number: 4,
  name: 'reading',
  source: 'reader',
  faults: CALIPER_FAULTS,
  layOut(plan, effort, random, emit) {
    for (const [i, session] of effort.sessions.entries()) {
      if (session.tool !== 2) continue
      const begun = begunIn(plan, this.number, effort.week, i, UNITS * ITEMS, random)
      random.restart(plan.seed, STREAM.trace + 256 * this.number, effort.week, i)
      layOutReading(session, begun, random, emit)
    }
  },
  write: writeReading,
}

/** Every gap is at most ten minutes, so that the session is credited whole whether or not durations are read. */
function layOutReading(session: Session, begun: Begun, random: Random, emit: Emit): void {
  const { student, startMs, subject } = session
  const seconds = (session.minutes - 1) * 60
  const details = (subject << 3) | ((random.chance(CHOSEN_SHARE) ? 1 : 0) << 5)
  emit(startMs, student, 0, details | NAVIGATED)
  let inItem = false
  let questions = 0
  for (let done = 0; done < seconds;) {
    const rest = seconds - done
    let step = Math.min(rest, 300 + random.below(240))
    if (rest - step < 60) step = rest
    done += step
    const last = done === seconds
    const code: number = inItem ? ITEM_COMPLETED : last ? SUBMITTED : random.chance(0.5) ? ITEM_STARTED : VIEWED
    inItem = code === ITEM_STARTED
    if (inItem) questions++
    // One question after the other; what is not finished ends as another one.
    const question = 1 + ((begun.number + questions) % (UNITS * ITEMS))
    const isBegun = code === ITEM_STARTED || (code === ITEM_COMPLETED && begun.isFinished)
    emit(
      startMs + done * 1000,
      student,
      code === ITEM_COMPLETED ? step : 0,
      details | code | (isBegun ? question << 6 : 0),
    )
  }
}

function writeReading(plan: District, row: Row, id: string, random: Random, fault: number): string {
  const subject = (row.b >> 3) & 3
  const section = plan.sections[sectionOn(plan, row.who, subject, dayAt(plan.year, row.at))]!
  const person = personIri(plan.usernames[row.who]!)
  const drawn = random.below(UNITS)
  const begun = (row.b >> 6) - 1
  const unit = `${READER}/${SUBJECTS[subject]!.id}/units/${1 + (begun < 0 ? drawn : Math.floor(begun / ITEMS))}`
  const parts = {
    id: `urn:uuid:${id}`,
    ...whatHappened(row, unit, person, id, random),
    actor: `{"id":"${person}","type":"Person"}`,
    eventTime: utcTime(row.at),
    rest: `"edApp":{"id":"${READER}","type":"SoftwareApplication"},"group":{"id":"${READER}/sections/${section.id}","type":"CourseSection","courseNumber":"${section.code}"},"extensions":{"${EXTENSIONS.subject}":"${SUBJECTS[subject]!.id}","${EXTENSIONS.section}":"${section.id}","${EXTENSIONS.choice}":"${row.b & 32 ? 'chosen' : 'assigned'}","${EXTENSIONS.skills}":["${skill(subject, 1 + random.below(12))}"]}`,
  }
  return caliperEvent(parts, fault)
}

type Happening = { type: string; profile: string; action: string; object: string; generated: string }

function whatHappened(row: Row, unit: string, person: string, id: string, random: Random): Happening {
  const code = row.b & 7
  if (code <= VIEWED) {
    const page = `{"id":"${unit}/pages/${1 + random.below(30)}","type":"${code === NAVIGATED ? 'WebPage' : 'Document'}"}`
    return code === NAVIGATED
      ? { type: 'NavigationEvent', profile: 'ReadingProfile', action: 'NavigatedTo', object: page, generated: '' }
      : { type: 'ViewEvent', profile: 'ReadingProfile', action: 'Viewed', object: page, generated: '' }
  }
  const quiz = `{"id":"${unit}/quiz","type":"Assessment"}`
  const attempt = `"id":"${unit}/quiz/attempts/${id}","type":"Attempt","assignee":"${person}","assignable":"${unit}/quiz","count":${1 + random.below(2)}`
  if (code === SUBMITTED) {
    return {
      type: 'AssessmentEvent',
      profile: 'AssessmentProfile',
      action: 'Submitted',
      object: quiz,
      generated: `{${attempt}}`,
    }
  }
  const drawn = random.below(ITEMS)
  const item = 1 + (row.b >> 6 ? ((row.b >> 6) - 1) % ITEMS : drawn)
  const object = `{"id":"${unit}/quiz/items/${item}","type":"AssessmentItem","isPartOf":${quiz}}`
  const generated = code === ITEM_STARTED ? `{${attempt}}` : response(row, unit, attempt, id)
  const action = code === ITEM_STARTED ? 'Started' : 'Completed'
  return { type: 'AssessmentItemEvent', profile: 'AssessmentProfile', action, object, generated }
}

function response(row: Row, unit: string, attempt: string, id: string): string {
  const times = `"startedAtTime":"${utcTime(row.at - row.a * 1000)}","endedAtTime":"${utcTime(row.at)}","duration":"${duration(row.a)}"`
  return `{"id":"${unit}/quiz/responses/${id}","type":"Response","attempt":{${attempt}},${times}}`
}

/** The envelope that the Sensor API asks for; it is sent when its last event has happened. */
export function envelope(events: readonly string[], sentMs: number): string {
  return `{"sensor":"${READER}/sensor","sendTime":"${utcTime(sentMs)}","dataVersion":"${CALIPER_CONTEXT}","data":[${events.join(',')}]}`
}
