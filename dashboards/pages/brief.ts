import { HomeroomError } from '../../infra/errors.ts'
import { denied, mayAdvise, type Unit } from '../access.ts'
import { advisee } from '../relationships/conversations.ts'
import { html, type Html } from '../html.ts'
import { classPath } from '../layout.ts'
import { nameOf, studentPath, type OwnStudent } from '../people/names.ts'
import { counted, gradeName, longDay } from '../wording.ts'
import { briefFacts, briefStart, type BriefFacts } from './brief/brief-facts.ts'
import { conversationPath } from './conversation.ts'
import { flowOfWeek } from './engagement/flow-of-week.ts'
import { goalsBlock, peopleBlock, proudBlock, sinceBlock } from './brief/brief-blocks.ts'
import { questionOf } from './brief/question.ts'
import { privateNote } from './brief/talks.ts'
import type { Content, Visit } from './parts/visit.ts'

/** Briefs that are read at a time for a whole advisory. */
const AT_ONCE = 4

/**
 * One sheet before a meeting: what is new, what there is to be proud of, goals, people, the week, and one question.
 * @throws HomeroomError SCOPE_DENIED for everybody but the student's own adviser
 */
export async function briefPage(visit: Visit, id: string): Promise<Content> {
  // Read beside the question who may see it, and shown to nobody else.
  const start = briefStart(visit, { student: id })
  start.catch(() => undefined)
  const student = await advisee(visit.names, visit.reader, id)
  const facts = await briefFacts(visit, student, start)
  const name = nameOf(student)
  const path = studentPath(student.student)
  return {
    title: `Brief: ${name}`,
    body: html`${notice(visit, facts)} ${brief(facts, 'h1')}
      <p class="actions no-print">
        <a class="button primary" href="${conversationPath(student.student)}">Record a conversation</a>
        <a href="${path}">The learner profile</a>
        <span class="hint">Print this page: it takes one sheet.</span>
      </p>
      ${lastNote(facts)}`,
    seen: [student.unit],
  }
}

/**
 * The briefs of a whole advisory, one sheet each, by family name; private notes are left out.
 * @throws HomeroomError SCOPE_DENIED for everybody but its adviser; NOT_FOUND
 */
export async function briefsPage(visit: Visit, id: string): Promise<Content> {
  const unit: Unit = { type: 'advisory', id }
  if (!mayAdvise(visit.reader, unit)) throw denied(visit.reader, unit)
  const group = await visit.figures.group(id)
  if (!group) throw new HomeroomError('NOT_FOUND', `The roster has no advisory ${JSON.stringify(id)} any more`)
  const named = (await visit.names.studentsOf(visit.reader, unit)) ?? []
  const students = named.map((one): OwnStudent => ({
    ...one,
    unit: { type: 'student', id: one.student, classes: [id] },
    classes: [],
  }))
  const facts = await inLanes(students, AT_ONCE, student => briefFacts(visit, student))
  return {
    title: `Briefs: ${group.label}`,
    body: html`<header class="opening no-print">
        <h1>Briefs of advisory ${group.label}</h1>
        <p class="lead">${counted(students.length, 'student')}, by family name. Printed, each takes one sheet.</p>
        <p><a href="${classPath(id)}">The advisory</a></p>
      </header>
      ${facts.map(one => brief(one, 'h2'))}`,
    seen: students.map(student => student.unit),
  }
}

async function inLanes<T, R>(items: readonly T[], lanes: number, make: (item: T) => Promise<R>): Promise<R[]> {
  const made: R[] = []
  const waiting = [...items.entries()]
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) made[next[0]] = await make(next[1])
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return made
}

function brief(facts: BriefFacts, level: 'h1' | 'h2'): Html {
  const { student, day, ties } = facts
  const name = nameOf(student)
  const who = student.given || 'the student'
  const { ask, because } = questionOf(facts)
  const title = level === 'h1' ? html`<h1>${name}</h1>` : html`<h2 class="brief-name">${name}</h2>`
  return html`<article class="brief" aria-label="Brief: ${name}">
    <header>
      ${title}
      <p class="place">${[student.grade && `Grade ${gradeName(student.grade)} · `]}Brief of ${longDay(day)}</p>
    </header>
    <section class="question-box">
      ${heading(level, 'One question worth asking')}
      <p class="ask">${ask}</p>
      <p class="evidence">${because}.</p>
    </section>
    <div class="brief-columns">
      <section>${heading(level, sinceTitle(facts))} ${sinceBlock(facts)}</section>
      <section>${heading(level, `What ${who} can be proud of`)} ${proudBlock(facts)}</section>
      <section>${heading(level, 'Goals, and where they stand')} ${goalsBlock(facts)}</section>
      <section>${heading(level, `People around ${who}`)} ${peopleBlock(facts)}</section>
    </div>
    <section>${heading(level, 'The flow of the week')} ${flowOfWeek(who, ties, day)}</section>
    <p class="marks">
      Made of what was recorded up to ${longDay(day)}: it shows logged contact and logged time, not how either was. What
      nobody logs is missing.
    </p>
  </article>`
}

const heading = (level: 'h1' | 'h2', text: string): Html =>
  level === 'h1' ? html`<h2>${text}</h2>` : html`<h3 class="brief-part">${text}</h3>`

function sinceTitle({ lastMet, since }: BriefFacts): string {
  if (lastMet === null) return 'The last eight weeks'
  return lastMet < since ? `Since ${longDay(since)}` : `Since you met on ${longDay(lastMet)}`
}

/** After recording: the figures follow within seconds, what was said is durable already. */
function notice({ query }: Visit, { talks }: BriefFacts): Html | null {
  if (query['taken-back'] !== undefined)
    return html`<p class="notice" role="status">Taken back: in a few seconds it counts in nothing any more.</p>`
  if (typeof query.recorded !== 'string') return null
  return talks.some(({ id }) => id === query.recorded)
    ? html`<p class="notice" role="status">The conversation is recorded.</p>`
    : html`<p class="notice" role="status">
        The conversation is kept; it will stand here within seconds. <a href="">Look again</a>
      </p>`
}

/** The reader's own last note, on the screen only: printed sheets are read by others. */
function lastNote({ talks }: BriefFacts): Html | null {
  const own = talks.find(({ own, note }) => own && note !== '')
  if (!own) return null
  return html`<section class="no-print" aria-labelledby="note">
    <h2 id="note">Your private note of ${longDay(own.day)}</h2>
    ${privateNote(own)}
  </section>`
}
