import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Day, Pseudonym } from '../../schemas/record.ts'
import { mayAdvise, tierOf, type Unit } from '../access.ts'
import { html, type Html } from '../html.ts'
import { classPath, schoolPath } from '../layout.ts'
import { nameOf, type ClassOfStudent, type OwnStudent } from '../people/names.ts'
import { addDays } from '../weeks.ts'
import { gradeName, longDay, moment } from '../wording.ts'
import { engagementOfStudent } from './student/engagement-of-student.ts'
import { growthOfStudent } from './student/growth-of-student.ts'
import { offersOfStudent } from './student/offers-of-student.ts'
import { peopleOfStudent } from './student/people-of-student.ts'
import { recordsOfStudent } from './student/records-of-student.ts'
import { rhythmOfStudent } from './student/rhythm-of-student.ts'
import type { Section } from './parts/section.ts'
import { tracesOf, type Traces } from './student/student-traces.ts'
import type { Content, Visit } from './parts/visit.ts'
import { wordsOfStudent } from './student/words-of-student.ts'

/** What every section of the page of a student is given. */
export type StudentView = {
  unit: Unit
  student: OwnStudent
  /** `Ada Lovelace`. */
  name: string
  /** Whether the reader is the student's adviser, and not only a teacher of one of the classes. */
  advised: boolean
  /** The pseudonyms under which the student's records stand, the person's own first. */
  identifiers: readonly Pseudonym[]
  /** Monday of the newest week of which the district has records; null: it has none. */
  week: Day | null
  /** The day that the page speaks of: today, or the last day of that week, if that is over. */
  day: Day
  /** What the events of twelve weeks say; null: there is no week. */
  traces: Promise<Traces | null>
}

/** The sections, in the order of the page. One gives null where there is nothing that the reader may see. */
const SECTIONS: readonly ((visit: Visit, view: StudentView) => Promise<Section | null>)[] = [
  wordsOfStudent,
  offersOfStudent,
  recordsOfStudent,
  engagementOfStudent,
  growthOfStudent,
  peopleOfStudent,
  rhythmOfStudent,
]

/**
 * The learner profile: one student, for the student's own adviser and teachers, read anew from what is stored now.
 * @param id pseudonym, hexadecimal
 * @throws HomeroomError SCOPE_DENIED for everybody else, whether there is such a student or not
 */
export async function studentPage(visit: Visit, id: string): Promise<Content> {
  // Read beside the question who may see it, and shown to nobody else.
  const frame = frameOf(visit, id)
  frame.catch(() => undefined)
  const student = await visit.names.student(visit.reader, id)
  const view = viewOf(visit, student, await frame)
  const [traces, ...made] = await Promise.all([view.traces, ...SECTIONS.map(make => make(visit, view))])
  const sections = made.filter(section => section !== null)
  return {
    title: view.name,
    body: draw(visit, view, traces, sections),
    seen: [student.unit, ...sections.flatMap(({ seen = [] }) => seen)],
  }
}

async function frameOf({ warehouse, today }: Visit, student: Pseudonym): Promise<z.infer<typeof Frame>> {
  return rows(Frame, await warehouse.query(FRAME, { student, today }))[0]!
}

function viewOf(visit: Visit, student: OwnStudent, frame: z.infer<typeof Frame>): StudentView {
  const { reader, today } = visit
  const { identifiers, newest_week } = frame
  const week = newest_week === '1970-01-01' ? null : newest_week
  const last = week === null ? today : addDays(week, 6)
  const { unit } = student
  const advised = mayAdvise(reader, unit)
  const day = last < today ? last : today
  const traces = week === null ? Promise.resolve(null) : tracesOf(visit, identifiers, week)
  return { unit, student, name: nameOf(student), advised, identifiers, week, day, traces }
}

function draw(visit: Visit, view: StudentView, traces: Traces | null, sections: readonly Section[]): Html {
  const { name, student, advised } = view
  return html`<header class="opening">
      <h1>${name}</h1>
      <p class="place">${placeOf(visit, student)}</p>
      <p class="earlier">${newest(visit, view, traces)}</p>
    </header>
    ${sections.map(section => section.html)}
    <section aria-labelledby="behind" class="coverage">
      <h2 id="behind">What stands behind it</h2>
      <p>
        Read a moment ago from everything that had arrived by then: what the student wrote and planned, traces of
        learning in connected tools, test scores${advised ? ', what was noted in conversations' : ''}. Each line says
        where it comes from and of which day it is.
      </p>
      <p>
        It describes what was recorded, and not the person: who works on paper or talks at the door leaves no trace
        here.
        ${advised ? null : 'You see it as a teacher of a class; what came up in conversations with the adviser is not shown.'}
      </p>
    </section>`
}

function placeOf({ reader, schools }: Visit, { grade, classes }: OwnStudent): Html {
  const ofSchool = schools.find(({ id }) => id === classes[0]?.school)
  const mayOpen = ofSchool && tierOf(reader, { type: 'school', id: ofSchool.id }) !== 'none'
  const school = ofSchool && (mayOpen ? html`<a href="${schoolPath(ofSchool.id)}">${ofSchool.name}</a>` : ofSchool.name)
  const link = ({ id, type, label, school }: ClassOfStudent): Html => {
    const text = type === 'advisory' ? `advisory ${label}` : label
    return tierOf(reader, { type, id, school }) === 'live'
      ? html`<a href="${classPath(id)}">${text}</a>`
      : html`${text}`
  }
  const parts = [grade !== '' && html`Grade ${gradeName(grade)}`, ...classes.map(link), school].filter(
    part => part !== false && part !== undefined,
  )
  return html`${parts.map((part, i) => html`${i > 0 && ' · '}${part}`)}`
}

function newest({ timeZone }: Visit, { day }: StudentView, traces: Traces | null): string {
  if (traces === null) return 'No record has arrived yet.'
  if (traces.latest === null) return `No record of the twelve weeks up to ${longDay(day)}.`
  const { atMs, kind, subject } = traces.latest
  const what = KIND_WORDS[kind] ?? 'was active'
  return `Newest record: ${what}${subject && ` in ${subject}`}, ${moment(new Date(atMs), timeZone)}.`
}

/** Kinds of schemas/record.ts, as they are said of a student. */
const KIND_WORDS: Readonly<Record<string, string>> = {
  started: 'started an activity',
  viewed: 'read or watched something',
  answered: 'answered a question',
  completed: 'completed an activity',
  scored: 'got a score',
  chose: 'chose an activity',
  'goal-set': 'set a goal or a plan',
  'goal-met': 'met a goal',
  reflected: 'wrote a reflection',
  'asked-help': 'asked for help',
  'gave-help': 'helped somebody',
  'gave-feedback': 'gave feedback',
  messaged: 'wrote a message',
  met: 'met somebody',
  collaborated: 'worked with others',
}

const Frame = z.object({ identifiers: z.array(z.string()), newest_week: z.string() })

const FRAME = sql(new URL('./student/student-frame.sql', import.meta.url))
