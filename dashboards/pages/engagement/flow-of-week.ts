import type { Day } from '../../../schemas/record.ts'
import { FLOW_MODES, totalOf, weekFlow, type FlowDay } from '../../charts/week-flow.ts'
import { html, type Html } from '../../html.ts'
import { addDays } from '../../weeks.ts'
import { counted, longDay } from '../../wording.ts'
import type { Ties } from '../brief/brief-facts.ts'
import { scrolling } from '../parts/cells.ts'

const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/**
 * How a student's week flowed between own work, adults and others: the newest week that is over, by day.
 * @param ties of the last weeks, the newest first
 */
export function flowOfWeek(who: string, ties: readonly Ties[], day: Day): Html {
  const week = ties.find(one => addDays(one.week, 4) <= day && one.school_bits > 0) ?? ties[0]
  if (week === undefined) return html`<p class="none">No week of ${who} has been computed yet.</p>`
  const days = flowDays(week)
  const minutes = days.reduce((sum, one) => sum + totalOf(one), 0)
  if (minutes === 0) return html`<p class="none">No time of ${who} is logged in the week of ${longDay(week.week)}.</p>`
  const shares = FLOW_MODES.map(({ id, name }) => ({
    name,
    share: days.reduce((sum, one) => sum + one.minutes[id], 0) / minutes,
  }))
  const mix = shares
    .filter(({ share }) => share >= 0.005)
    .map(({ name, share }) => `${Math.round(share * 100)}% ${name}`)
    .join(', ')
  return html`<p>Week of ${longDay(week.week)}: ${mix}.${connected(week)}${planned(week)}</p>
    ${weekFlow({ label: `Logged time of ${who} by day in the week of ${longDay(week.week)}: ${mix}. The table gives minutes.`, days })}
    <p class="flow-key">
      ${FLOW_MODES.map(({ id, name }) => html`<span><span class="flow-swatch ${id}"></span>${name}</span> `)}
    </p>
    <details>
      <summary>The week as a table</summary>
      ${scrolling(`Logged minutes of ${who} by day`, table(days))}
    </details>`
}

function flowDays(week: Ties): FlowDay[] {
  return NAMES.flatMap((name, i) => {
    const at = week.days.indexOf(addDays(week.week, i))
    const school = (week.school_bits & (1 << i)) !== 0
    if (i > 4 && at < 0) return []
    const of = (minutes: readonly number[]): number => (at < 0 ? 0 : minutes[at]!)
    const minutes = {
      individual: of(week.minutes_individual),
      adult: of(week.minutes_adult),
      peer: of(week.minutes_peer),
      group: of(week.minutes_group),
    }
    return [{ name, school, minutes }]
  })
}

function connected({ connected_share, school_bits, adults_known, peers_known }: Ties): string {
  if (!adults_known && !peers_known) return ' The school logs too little contact to say more.'
  if (connected_share === null) return ''
  const days = bitsIn(school_bits)
  const both = Math.round(connected_share * days)
  return ` Logged contact with an adult and with another student on ${both} of ${counted(days, 'school day')}.`
}

function planned({ plan_fit, weeks_off_plan }: Ties): string {
  if (plan_fit === null) return ''
  return weeks_off_plan >= 2
    ? ` For ${counted(weeks_off_plan, 'week')} it has not been close to the student’s own plan.`
    : plan_fit >= 0.8
      ? ' That is close to the student’s own plan.'
      : ' That is not close to the student’s own plan.'
}

const bitsIn = (bits: number): number => bits.toString(2).replaceAll('0', '').length

function table(days: readonly FlowDay[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Day</th>
        ${FLOW_MODES.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${days.map(
        day =>
          html`<tr>
            <th scope="row">${day.name}</th>
            ${FLOW_MODES.map(({ id }) => html`<td class="figure">${Math.round(day.minutes[id])}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}
