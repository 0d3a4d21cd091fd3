import { ownWeeks } from '../../charts/own-weeks.ts'
import { html, type Html } from '../../html.ts'
import { nameOf, studentPath } from '../../people/names.ts'
import type { Offer } from '../../relationships/offers.ts'
import { middleHalf, type UsualWeek } from '../../usual.ts'
import { allWeeks } from '../../weeks.ts'
import { count, counted, longDay, shortDay } from '../../wording.ts'
import { scrolling } from '../parts/cells.ts'

/** Weeks of attendance that are said. */
const ATTENDED_WEEKS = 4

/** What is answered, as its button says it. */
export const ANSWERS = {
  talked: 'We talked',
  seen: 'Seen, I will',
  'not-needed': 'Not needed',
} as const

type Shown = {
  offer: Offer
  timeZone: string
  /** What else is known, as sentences. */
  known: readonly (Html | string)[]
  /** Address that takes the answer, and the token of its form; null: nothing can be answered here. */
  form: { action: string; csrf: string } | null
}

/** One offer of help: what changed, since when, what else is known, and what can be answered. */
export function offerCard({ offer, timeZone, known, form }: Shown): Html {
  const name = nameOf(offer.named)
  return html`<article class="offer" id="offer-${offer.alarm}" aria-labelledby="name-${offer.alarm}">
    <h3 id="name-${offer.alarm}"><a href="${studentPath(offer.student)}">${name}</a></h3>
    <p>${changed(offer)}</p>
    ${form && answerForm(offer, form)}
    <ul class="known">
      ${[...attendance(offer), ...contact(offer), ...known, told(offer, timeZone)].map(one => html`<li>${one}</li>`)}
    </ul>
    ${picture(offer)}
  </article>`
}

/** What changed and since when: in this student's own terms, never beside other students. */
export function changed({ named, week, since, minutes, usual_minutes, stands }: Offer): Html {
  const who = named.given || 'This student'
  const began = since === week ? html`` : html`, and since the week of ${longDay(since)} lower than before`
  return html`${who}’s recorded learning activity is <strong>well below ${who}’s own usual</strong>:
    ${counted(Math.round(minutes), 'minute')} in the week of ${longDay(week)}${began}. Usual for ${who} in such a week
    is about ${count(Math.round(usual_minutes))}.
    ${!stands && 'Records that arrived later do not show this drop any more.'}`
}

function attendance({ weeks }: Offer): string[] {
  const last = weeks.slice(-ATTENDED_WEEKS)
  const [days, absent] = [2, 3].map(i => last.reduce((sum, week) => sum + (week[i as 2 | 3] ?? 0), 0)) as [
    number,
    number,
  ]
  if (days === 0) return []
  const said = absent === 0 ? 'no absence is recorded' : `${counted(absent, 'absence is', 'absences are')} recorded`
  return [`Of the last ${counted(days, 'school day')} ${said}. Weeks of absence are not what this goes by.`]
}

function contact({ last_contact, sustained }: Offer): string[] {
  if (sustained === null) return []
  const last =
    last_contact === ''
      ? 'No contact with an adult is logged.'
      : `Last logged contact with an adult: ${longDay(last_contact)}.`
  return [`${last} ${sustained === 0 ? 'Nobody' : counted(sustained, 'adult')} with sustained logged contact.`]
}

function told({ raised_ms }: Offer, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(raised_ms))
  return `You were offered this on ${longDay(day)}.`
}

function answerForm({ alarm, answer, named }: Offer, { action, csrf }: NonNullable<Shown['form']>): Html {
  const choices = (Object.entries(ANSWERS) as [keyof typeof ANSWERS, string][]).filter(([value]) => value !== answer)
  return html`<form method="post" action="${action}" class="answers">
    <input type="hidden" name="_csrf" value="${csrf}" />
    ${choices.map(
      ([value, text]) =>
        html`<button type="submit" name="answer" value="${value}" aria-describedby="name-${alarm}">${text}</button>`,
    )}
    <a href="${studentPath(named.student)}/brief">Prepare a conversation</a>
  </form>`
}

/** Minutes week by week beside what was usual before the drop, as a line and as a table. */
function picture({ weeks, since, named, alarm }: Offer): Html | null {
  const before = weeks.flatMap(([week, minutes]) => (week < since && minutes !== null ? [minutes] : []))
  const usual = middleHalf(before)
  const byWeek = new Map(weeks.map(week => [week[0], week]))
  const all = allWeeks([...byWeek.keys()])
  if (all.length < 2) return null
  const line = all.map((week): UsualWeek => ({ week, value: byWeek.get(week)?.[1] ?? null, usual }))
  const who = named.given || 'This student'
  return html`<details>
    <summary>${who}’s last ${counted(all.length, 'week')}</summary>
    ${ownWeeks({ label: `Minutes of recorded learning activity a week, ${who}`, weeks: line })}
    <p class="marks">
      Line: minutes a week; gaps are weeks that do not count, for example of absence or without school.
      ${usual && 'Band: the middle half of the weeks before the drop.'}
    </p>
    ${scrolling(`Weeks of ${nameOf(named)}`, table(alarm, weeks))}
  </details>`
}

function table(alarm: string, weeks: Offer['weeks']): Html {
  return html`<table aria-label="Weeks, ${alarm.slice(0, 4)}">
    <thead>
      <tr>
        <th scope="col">Week of</th>
        <th scope="col">Minutes</th>
        <th scope="col">School days</th>
        <th scope="col">Absent</th>
      </tr>
    </thead>
    <tbody>
      ${weeks.map(
        ([week, minutes, days, absent]) =>
          html`<tr>
            <th scope="row">${shortDay(week)}</th>
            <td>${minutes === null ? 'does not count' : count(Math.round(minutes))}</td>
            <td>${days}</td>
            <td>${absent}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}
