import { z } from 'zod'
import { rows } from '../../infra/warehouse/rows.ts'
import { sql } from '../../infra/warehouse/sql.ts'
import type { Day } from '../../schemas/record.ts'
import { mayAdvise, mayEnter, type Seen } from '../access.ts'
import { HomeroomError } from '../../infra/errors.ts'
import type { Group } from '../figures/figures.ts'
import { html, type Html } from '../html.ts'
import { classPath } from '../layout.ts'
import { nameOf, studentPath, type NamedStudent } from '../people/names.ts'
import { newestWeek, offersFor, type Offer } from '../relationships/offers.ts'
import { addDays } from '../weeks.ts'
import { counted, longDay, shortDay } from '../wording.ts'
import { inboxPath } from './inbox.ts'
import type { Content, Visit } from './parts/visit.ts'

export const homePath = '/home'

/** Of a conversation that is so long ago the day is said first: a reason to look, no measure of the adviser. */
const LONG_AGO_DAYS = 28
/** As in the inbox: an older offer has had its moment. */
const RECENT_WEEKS = 8

type Known = z.infer<typeof Row>
type Advisory = { group: Group; students: readonly NamedStudent[] }

/**
 * Where an adviser's day begins: who may be glad of a few minutes, and the own students by family name, each one step from
 * the brief, the profile and a conversation.
 * @throws HomeroomError SCOPE_DENIED for whoever is not an adviser
 */
export async function homePage(visit: Visit): Promise<Content> {
  const { reader, today } = visit
  if (!mayEnter(reader, 'inbox'))
    throw new HomeroomError('SCOPE_DENIED', 'This page is for advisers: it shows their own students by name')
  const [advisories, classes] = await Promise.all([
    advisoriesOf(visit, reader.scope.advisories),
    groupsOf(visit, reader.scope.classes ?? []),
  ])
  const students = new Map(advisories.flatMap(one => one.students.map(student => [student.student, student] as const)))
  const [known, offers] = await Promise.all([knownOf(visit, [...students.keys()]), waiting(visit, students)])
  const body = html`<header class="opening">
      <h1>Your ${advisories.length === 1 ? `advisory, ${longDay(today)}` : `students, ${longDay(today)}`}</h1>
      <p class="lead">${leadOf(students.size, offers, known)}</p>
    </header>
    ${offers.length > 0 && offersShort(offers)} ${advisories.map(one => advisorySection(one, { known, offers, today }))}
    ${classes.length > 0 && classList(classes)}`
  const seen: Seen[] = [
    ...advisories.map(({ group }): Seen => ({ type: 'advisory', id: group.id })),
    ...[...students.keys()].map((id): Seen => ({ type: 'student', id })),
  ]
  return { title: 'Your students', body, seen }
}

async function groupsOf({ figures }: Visit, ids: readonly string[]): Promise<Group[]> {
  const found = await Promise.all(ids.map(id => figures.group(id)))
  return found.filter(group => group !== undefined)
}

async function advisoriesOf(visit: Visit, ids: readonly string[]): Promise<Advisory[]> {
  const own = (await groupsOf(visit, ids)).filter(({ id }) => mayAdvise(visit.reader, { type: 'advisory', id }))
  return Promise.all(
    own.map(async group => ({
      group,
      students: (await visit.names.studentsOf(visit.reader, { type: 'advisory', id: group.id })) ?? [],
    })),
  )
}

async function knownOf({ warehouse, today }: Visit, students: readonly string[]): Promise<Map<string, Known>> {
  if (students.length === 0) return new Map()
  const found = rows(Row, await warehouse.query(STUDENTS, { students, today }))
  return new Map(found.map(row => [row.student, row]))
}

/** The offers that wait for an answer, the newest of each student. */
async function waiting(visit: Visit, students: ReadonlyMap<string, NamedStudent>): Promise<Offer[]> {
  const offers = await offersFor(visit.warehouse, students)
  const recent = addDays(newestWeek(offers) || visit.today, -7 * RECENT_WEEKS)
  const open = offers.filter(offer => offer.answer === '' && offer.week > recent)
  return [...new Map(open.toReversed().map(offer => [offer.student, offer])).values()].toReversed()
}

function leadOf(students: number, offers: readonly Offer[], known: ReadonlyMap<string, Known>): Html {
  if (students === 0) return html`You advise nobody in the roster of today.`
  const logged = [...known.values()].filter(one => one.adults_known)
  const alone = logged.filter(one => one.sustained === 0).length
  return html`You advise ${counted(students, 'student')}.
  ${
    offers.length === 0
      ? 'Nobody’s recorded activity is newly below their own usual.'
      : html`<strong>${counted(offers.length, 'student')}</strong> may be glad of a few minutes with you.`
  }
  ${
    alone > 0 &&
    html`Of <strong>${counted(alone, 'student')}</strong> no sustained contact with an adult is logged; a conversation
      that you record counts.`
  }`
}

function offersShort(offers: readonly Offer[]): Html {
  return html`<section aria-labelledby="offers">
    <h2 id="offers">Offers of help</h2>
    <ul class="home-list">
      ${offers.slice(0, 3).map(
        ({ named, student, week, minutes, usual_minutes }) =>
          html`<li>
            <a class="home-name" href="${studentPath(student)}/brief">${nameOf(named)}</a>
            <span class="home-facts"
              >${counted(Math.round(minutes), 'minute')} of recorded activity in the week of ${shortDay(week)}; usual is
              about ${Math.round(usual_minutes)}</span
            >
          </li>`,
      )}
    </ul>
    <p>
      <a class="button" href="${inboxPath}"
        >${offers.length === 1 ? 'See it and answer' : `See all ${offers.length} and answer`}</a
      >
    </p>
  </section>`
}

type Beside = { known: ReadonlyMap<string, Known>; offers: readonly Offer[]; today: Day }

function advisorySection({ group, students }: Advisory, beside: Beside): Html {
  const heading = `advisory-${group.id}`
  const path = `/advisories/${encodeURIComponent(group.id)}`
  return html`<section aria-labelledby="${heading}">
    <h2 id="${heading}">Advisory ${group.label}</h2>
    <p class="actions">
      <a class="button" href="${path}/map">Relationship map</a>
      <a class="button" href="${path}/briefs">All briefs, to print</a>
      <a class="button" href="${classPath(group.id)}">The week in figures</a>
    </p>
    ${
      students.length === 0
        ? html`<p>Nobody is enrolled in it.</p>`
        : html`<p class="how-to-read">By family name. The name opens the brief: one sheet before you talk.</p>
            <ul class="home-list">
              ${students.map(student => line(student, beside))}
            </ul>`
    }
  </section>`
}

function line(one: NamedStudent, beside: Beside): Html {
  const { known, offers } = beside
  const path = studentPath(one.student)
  const facts = [
    offers.some(({ student }) => student === one.student) && html`<a href="${inboxPath}">offer of help</a>`,
    ...factsOf(known.get(one.student), beside).map(text => html`${text}`),
  ].filter(fact => fact !== false)
  return html`<li>
    <a class="home-name" href="${path}/brief">${nameOf(one)}</a>
    <span class="home-facts">${facts.map((fact, i) => html`${i > 0 && ' · '}${fact}`)}</span>
    <span class="home-links"
      ><a href="${path}/conversation" aria-label="Record a conversation with ${nameOf(one)}">Note a talk</a>
      <a href="${path}" aria-label="Learner profile of ${nameOf(one)}">Profile</a></span
    >
  </li>`
}

function factsOf(one: Known | undefined, { known, today }: Beside): string[] {
  if (!one) return []
  const alone = one.adults_known && one.sustained === 0
  return [...talkOf(one, known, today), ...(alone ? ['no sustained adult contact logged'] : [])]
}

/** Where nobody's conversations are recorded, to say so of each would only fill the page. */
function talkOf({ talked }: Known, known: ReadonlyMap<string, Known>, today: Day): string[] {
  if (talked === '') return [...known.values()].some(one => one.talked !== '') ? ['no conversation recorded'] : []
  if (talked < addDays(today, -LONG_AGO_DAYS)) return [`last conversation recorded on ${longDay(talked)}`]
  return [`talked on ${longDay(talked)}`]
}

function classList(classes: readonly Group[]): Html {
  return html`<section aria-labelledby="classes">
    <h2 id="classes">Classes that you teach</h2>
    <ul class="home-list">
      ${classes.map(group => html`<li><a class="home-name" href="${classPath(group.id)}">${group.label}</a></li>`)}
    </ul>
  </section>`
}

const Row = z.object({
  student: z.string(),
  talked: z.string(),
  week: z.string(),
  adults_known: z.boolean().or(z.number().transform(Boolean)),
  sustained: z.int(),
})

const STUDENTS = sql(new URL('./home-students.sql', import.meta.url))
