import { html, type Html } from '../html.ts'
import { nameOf, studentPath, type NamedStudent } from '../people/names.ts'
import { advisees, answeredNeeds, newestWeek, offersFor, type Offer } from '../relationships/offers.ts'
import { addDays } from '../weeks.ts'
import { count, counted, longDay, shortDay } from '../wording.ts'
import { flagsOfStudents } from './engagement/flags.ts'
import { ANSWERS, offerCard } from './engagement/offer.ts'
import { goalsOf, identifiersOf } from './student/student-facts.ts'
import type { Content, Visit } from './parts/visit.ts'

export const inboxPath = '/inbox'

/** An offer that nobody has answered for so many weeks is folded away: the moment has passed. */
const RECENT_WEEKS = 8
/** Earlier ones that are listed. */
const EARLIER = 40

/**
 * The adviser's inbox: whose activity has fallen below their own usual, as an offer of help. For the students of the reader's
 * own advisories; `answered` in the address is the alarm that was answered a moment ago.
 */
export async function inboxPage(visit: Visit, csrf: string): Promise<Content> {
  const students = await advisees(visit.names, visit.reader)
  const offers = await offersFor(visit.warehouse, students)
  const { answered } = visit.query
  const recent = addDays(newestWeek(offers) || visit.today, -7 * RECENT_WEEKS)
  const isOpen = (offer: Offer): boolean => offer.answer === '' && offer.alarm !== answered
  const open = offers.filter(offer => isOpen(offer) && offer.week > recent)
  const missed = offers.filter(offer => isOpen(offer) && offer.week <= recent)
  const pending = offers.filter(offer => offer.answer === 'seen' && offer.alarm !== answered)
  const done = offers.filter(offer => offer.answer === 'talked' || offer.answer === 'not-needed').slice(0, EARLIER)
  const said = offers.find(offer => offer.alarm === answered)
  const flags = await flagsOfStudents(visit, students)
  const body = html`<header class="opening">
      <h1>Offers of help</h1>
      <p class="lead">${leadOf(open, students.size)}</p>
      ${said && html`<p class="noted" role="status">Noted for ${nameOf(said.named)}. Thank you.</p>`}
    </header>
    ${await cards(visit, open, csrf)}
    ${pending.length > 0 && (await folded(visit, { title: 'Seen, and not talked yet', offers: pending, csrf, open: true }))}
    ${missed.length > 0 && (await folded(visit, { title: 'Not answered, some time ago', offers: missed, csrf, open: open.length === 0 }))}
    ${flags?.html} ${done.length > 0 && earlier(done)} ${await honesty(visit)}`
  const shown = [...open, ...pending, ...missed, ...done].map(({ student }) => student)
  const seen = new Set([...shown, ...(flags?.seen ?? []).map(({ id }) => id)])
  return { title: 'Offers of help', body, seen: [...seen].map(id => ({ type: 'student', id })) }
}

function leadOf(open: readonly Offer[], students: number): Html {
  if (students === 0)
    return html`You advise nobody in the roster of today. Offers of help go to a student’s own adviser; teachers of
    their classes do not get them.`
  if (open.length === 0)
    return html`Nobody’s recorded activity is newly below their own usual, among the ${count(students)} students whom
    you advise. Who is quiet without a drop is not seen here: a few minutes with each of them tell more.`
  const who = new Set(open.map(({ student }) => student)).size
  return html`${counted(who, 'student')} of the ${count(students)} whom you advise may be glad of a few minutes with
  you: activity in connected tools fell well below what is usual for them. A reason to ask, not a finding.`
}

async function cards(visit: Visit, offers: readonly Offer[], csrf: string): Promise<Html | null> {
  if (offers.length === 0) return null
  const drawn = await Promise.all(offers.map(offer => card(visit, offer, csrf)))
  return html`<section aria-labelledby="open">
    <h2 id="open">Not answered yet (${count(offers.length)})</h2>
    ${drawn}
  </section>`
}

async function card(visit: Visit, offer: Offer, csrf: string): Promise<Html> {
  const form = { action: `${inboxPath}/${offer.alarm}`, csrf }
  return offerCard({ offer, timeZone: visit.timeZone, known: await goals(visit, offer.named), form })
}

/** The student's own goals that are open: what a conversation can begin with. */
async function goals(visit: Visit, student: NamedStudent): Promise<Html[]> {
  const open = (await goalsOf(visit, await identifiersOf(visit, student))).filter(({ isOpen }) => isOpen)
  return open.slice(0, 2).map(({ title, set_day }) => html`Own goal, set on ${longDay(set_day)}: ${title}`)
}

type Folded = { title: string; offers: readonly Offer[]; csrf: string; open: boolean }

async function folded(visit: Visit, { title, offers, csrf, open }: Folded): Promise<Html> {
  const drawn = await Promise.all(offers.map(offer => card(visit, offer, csrf)))
  return html`<details class="offers" ${open && html` open`}>
    <summary><h2>${title} (${count(offers.length)})</h2></summary>
    ${drawn}
  </details>`
}

function earlier(offers: readonly Offer[]): Html {
  return html`<section aria-labelledby="earlier">
    <h2 id="earlier">Earlier ones</h2>
    <ul class="earlier-offers">
      ${offers.map(
        ({ named, week, answer, student }) =>
          html`<li>
            <a href="${studentPath(student)}">${nameOf(named)}</a>, week of ${shortDay(week)}:
            ${answer === '' ? '' : ANSWERS[answer].toLowerCase()}
          </li>`,
      )}
    </ul>
  </section>`
}

/** How often such an offer is about nothing, from what advisers answered; else from the design. */
async function honesty({ warehouse }: Visit): Promise<Html> {
  const known = await answeredNeeds(warehouse)
  return html`<section aria-labelledby="honesty" class="coverage">
    <h2 id="honesty">How far to trust this</h2>
    <p>
      ${
        known
          ? html`Of ${count(known.answered)} offers that advisers in this district have answered, ${count(known.needed)}
            led to a conversation and ${count(known.answered - known.needed)} were not needed.`
          : html`Fewer than 10 offers have been answered in this district, so how often they were needed is not known
            yet.`
      }
      By design about 3 in 100 students whose activity has not changed get such an offer in a school year; where few
      students drop, one offer in four is about nothing.
    </p>
    <p>
      It goes by minutes in connected tools beside the student’s own earlier weeks and the school’s week; weeks of
      absence, of few school days and of silent tools do not count. Work on paper, a new course or a tool that reports
      late can look the same. Only you, as the adviser, see it; your answer lets the student’s own usual begin anew.
    </p>
  </section>`
}
