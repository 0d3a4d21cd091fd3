import { indicator as entryOf } from '../../schemas/catalogue.ts'
import { html, trusted, type Html } from '../html.ts'
import { amount } from '../subscriptions/letters.ts'
import { mailAddress, type MailAddress } from '../subscriptions/mail-addresses.ts'
import { sendings, type Sending } from '../subscriptions/sendings.ts'
import { seenUnits, unitKey, WATCHED, type SeenUnit } from '../subscriptions/subscription-form.ts'
import { LEAST_N, subscriptionsOf, type Subscription } from '../subscriptions/subscriptions.ts'
import { isShare, longDay, moment } from '../wording.ts'
import type { Content, Visit } from './parts/visit.ts'

/** What is said at the top. `canSend`: this Homeroom sends mail; `fault`: what has to be corrected. */
type Told = { canSend: boolean; fault?: string }

/** What the reader is told by e-mail: the address, what is subscribed to, and the forms for more. */
export async function subscriptionsPage(visit: Visit, { canSend, fault }: Told): Promise<Content> {
  const { warehouse, reader, query, csrf } = visit
  const units = seenUnits(visit)
  const [address, own] = await Promise.all([mailAddress(warehouse, reader.id), subscriptionsOf(warehouse, reader.id)])
  const sent = await sendings(
    warehouse,
    own.map(({ id }) => id),
  )
  const done = typeof query.done === 'string' ? DONE[query.done] : undefined
  const lines = own.map(subscription => line(visit, subscription, { units, sent: [...sent.values()] }))
  const body = html`<header class="opening">
      <h1>By e-mail</h1>
      <p class="lead">
        A monthly report, or a line when a published figure crosses a threshold. Published figures only; no student is
        named in a mail.
      </p>
    </header>
    ${done && html`<p class="notice" role="status">${done}</p>`}
    ${fault && html`<div class="problems" role="alert"><p>${fault}. Nothing was kept.</p></div>`}
    ${
      !canSend &&
      html`<p class="problems">
        This Homeroom sends no mail yet. Whoever runs it sets <code>HOMEROOM_NOTIFY</code>; what you choose here waits
        until then.
      </p>`
    }
    ${addressForm(address, { canSend, csrf: csrf() })}
    <section aria-labelledby="own">
      <h2 id="own">What you are told</h2>
      ${
        own.length === 0
          ? html`<p class="none">Nothing yet.</p>`
          : html`<ul class="kept-list">
              ${lines}
            </ul>`
      }
    </section>
    ${units.length > 0 && html`${reportForm(units, csrf())} ${thresholdForm(units, csrf())}`}`
  return { title: 'By e-mail', body, seen: [] }
}

const DONE: Readonly<Record<string, string>> = {
  asked: 'A mail with a link is on its way. Open it and say that the mailbox is yours.',
  'not-taken': 'The mail with the link could not be sent. Check the address, or try again later.',
  'no-mail': 'This Homeroom sends no mail yet.',
  forgotten: 'The address is forgotten. Nothing more is sent.',
  report: 'The monthly report is set.',
  threshold: 'The threshold is set.',
  ended: 'It is ended.',
}

function addressForm(address: MailAddress | null, { canSend, csrf }: { canSend: boolean; csrf: string }): Html | null {
  if (address === null && !canSend) return null
  return html`<section aria-labelledby="address-of">
    <h2 id="address-of">Where to</h2>
    ${
      address &&
      html`<ul class="kept-list">
        <li>
          <p>
            <strong>${address.address}</strong>${
              address.confirmed
                ? ', confirmed.'
                : ', not confirmed yet: open the link in the mail. Nothing else is sent before.'
            }
          </p>
          <form method="post" action="/subscriptions/address/forget">
            <input type="hidden" name="_csrf" value="${csrf}" />
            <button type="submit" class="quiet">Forget it</button>
          </form>
        </li>
      </ul>`
    }
    ${
      canSend &&
      html`<form class="conversation" method="post" action="/subscriptions/address">
        <input type="hidden" name="_csrf" value="${csrf}" />
        <p class="field">
          <label for="address">${address ? 'Another e-mail address' : 'E-mail address'}</label>
          <input type="email" id="address" name="address" maxlength="254" required autocomplete="email" />
          <span class="hint">A mail with a link goes there first. Nothing else is sent until you have opened it.</span>
        </p>
        <p class="actions"><button type="submit">Send the link</button></p>
      </form>`
    }
  </section>`
}

type Around = { units: readonly SeenUnit[]; sent: readonly Sending[] }

function line({ csrf, timeZone }: Visit, subscription: Subscription, { units, sent }: Around): Html {
  const unit = units.find(one => unitKey(one) === unitKey(subscription))
  const last = sent
    .filter(one => one.subscription === subscription.id)
    .toSorted((a, b) => (a.occasion < b.occasion ? 1 : -1))[0]
  const what = described(subscription, unit?.name ?? 'A school that you may not see any more')
  return html`<li>
    <p>
      ${what}
      <span class="hint">${last ? state(last, subscription, timeZone) : 'Nothing was sent yet.'}</span>
    </p>
    <form method="post" action="/subscriptions/end">
      <input type="hidden" name="_csrf" value="${csrf()}" />
      <input type="hidden" name="subscription" value="${subscription.id}" />
      <button type="submit" class="quiet" aria-label="End: ${what}">End</button>
    </form>
  </li>`
}

/** As one line of text. */
function described({ kind, indicator, direction, threshold, least_n }: Subscription, name: string): string {
  if (kind === 'report') return `${name}: the monthly report.`
  const entry = entryOf(indicator)
  return `${name}: ${entry.name.toLowerCase()} ${direction} ${amount(entry, threshold)}, of ${least_n} students or more.`
}

function state({ state, occasion, tried_ms }: Sending, { kind }: Subscription, timeZone: string): string {
  const about = kind === 'report' ? MONTH.format(new Date(`${occasion}-01`)) : `the week of ${longDay(occasion)}`
  const when = moment(new Date(tried_ms), timeZone)
  if (state === 'sent') return `Last sent ${when}, about ${about}.`
  if (state === 'failed') return `Not taken by the mail server ${when}; it is tried again.`
  return `Given up ${when}: the mail server did not take it.`
}

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })

function reportForm(units: readonly SeenUnit[], csrf: string): Html {
  return html`<section aria-labelledby="report">
    <h2 id="report">A monthly report</h2>
    <p class="hint">
      On the first school day of a month, as soon as the month before is published: where the report is, and a few
      published figures.
    </p>
    <form class="conversation" method="post" action="/subscriptions/report">
      <input type="hidden" name="_csrf" value="${csrf}" />
      ${unitField('report-unit', units)}
      <p class="actions"><button type="submit">Send it monthly</button></p>
    </form>
  </section>`
}

function thresholdForm(units: readonly SeenUnit[], csrf: string): Html {
  return html`<section aria-labelledby="threshold-of">
    <h2 id="threshold-of">When a figure crosses a threshold</h2>
    <p class="hint">
      Told once, when the whole 95% interval of a newly published week lies beyond it, and again only after the figure
      has come back. If it is beyond already, it has to come back first. What is hidden to protect small groups is never
      told.
    </p>
    <form class="conversation" method="post" action="/subscriptions/threshold">
      <input type="hidden" name="_csrf" value="${csrf}" />
      ${unitField('threshold-unit', units)}
      <p class="field">
        <label for="indicator">Indicator</label>
        <select id="indicator" name="indicator">
          ${WATCHED.map(entry => html`<option value="${entry.id}">${entry.name}, ${isShare(entry) ? entry.unit.replace(/^share /, '% ') : entry.unit}</option>`)}
        </select>
      </p>
      <p class="field">
        <label for="direction">Tell me when it is</label>
        <select id="direction" name="direction">
          <option value="below">below</option>
          <option value="above">above</option>
        </select>
      </p>
      <p class="field">
        <label for="threshold">The threshold</label>
        <input
          type="text"
          inputmode="decimal"
          id="threshold"
          name="threshold"
          required
          autocomplete="off"
          maxlength="12"
        />
        <span class="hint">Of a share in percent: 50 is half.</span>
      </p>
      <p class="field">
        <label for="least_n">Only of figures of so many students or more</label>
        <input
          type="text"
          inputmode="numeric"
          id="least_n"
          name="least_n"
          value="20"
          required
          autocomplete="off"
          maxlength="6"
        />
        <span class="hint">${LEAST_N} or more.</span>
      </p>
      <p class="actions"><button type="submit">Set the threshold</button></p>
    </form>
  </section>`
}

const unitField = (id: string, units: readonly SeenUnit[]): Html =>
  html`<p class="field">
    <label for="${id}">Of</label>
    <select id="${id}" name="unit">
      ${units.map((unit, i) => html`<option value="${unitKey(unit)}" ${i === 0 && trusted(' selected')}>${unit.name}</option>`)}
    </select>
  </p>`
