import { html, type Html } from '../../html.ts'
import { studentPath } from '../../people/names.ts'
import { longDay } from '../../wording.ts'
import { conversationsWith } from '../../relationships/conversations.ts'
import { peopleBlock } from '../brief/brief-blocks.ts'
import { tiesOf } from '../brief/brief-facts.ts'
import { conversationPath } from '../conversation.ts'
import { flowOfWeek } from '../engagement/flow-of-week.ts'
import type { Section } from '../parts/section.ts'
import type { StudentView } from '../student.ts'
import { talkFacts } from '../brief/talks.ts'
import type { Visit } from '../parts/visit.ts'

/**
 * Who is around a student, how the week flowed between own work, adults and others, and what was last talked about: for the
 * adviser only, since what is said between the two is for them.
 */
export async function peopleOfStudent(visit: Visit, view: StudentView): Promise<Section | null> {
  if (!view.advised) return null
  const { student, identifiers, day } = view
  const who = student.given || 'the student'
  const [ties, talks] = await Promise.all([
    tiesOf(visit, student),
    conversationsWith(visit, visit.reader, identifiers, 1),
  ])
  const near = (ties[0]?.adults ?? []).slice(0, 8).map(([id]) => id)
  const adults = await visit.names.adultsAround(visit.reader, student, near)
  const [last] = talks
  return {
    html: html`<section aria-labelledby="people">
      <h2 id="people">People around ${who}</h2>
      <div class="columns">
        <div>${peopleBlock({ ties, adults, student })}</div>
        <div>
          ${last ? lastTalk(last.day, talkFacts(last)) : html`<p class="none">No conversation is recorded yet.</p>`}
        </div>
      </div>
      <p class="actions no-print">
        <a class="button" href="${conversationPath(student.student)}">Record a conversation</a>
        <a href="${studentPath(student.student)}/brief">Brief before a meeting, on one sheet</a>
      </p>
      <h3>How the week flowed</h3>
      ${flowOfWeek(who, ties, day)}
    </section>`,
  }
}

const lastTalk = (day: string, facts: Html | null): Html =>
  html`<h3>Last conversation, ${longDay(day)}</h3>
    ${facts}`
