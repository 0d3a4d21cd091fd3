import { HomeroomError } from '../../infra/errors.ts'
import { mayEnter } from '../access.ts'
import { html } from '../html.ts'
import { mailsNotTaken } from '../subscriptions/sendings.ts'
import { count, moment } from '../wording.ts'
import { weeks } from './loading.ts'
import type { Content, Visit } from './parts/visit.ts'

/**
 * What has arrived and what has been computed: counts of the whole district only.
 * @throws HomeroomError SCOPE_DENIED for readers who do not operate it
 */
export async function statusPage({ reader, figures, warehouse, timeZone }: Visit): Promise<Content> {
  if (!mayEnter(reader, 'operations'))
    throw new HomeroomError('SCOPE_DENIED', 'This page is for those who run Homeroom')
  const [progress, snapshot, mails] = await Promise.all([
    figures.progress(),
    figures.snapshot(),
    mailsNotTaken(warehouse),
  ])
  const facts: [string, string][] = [
    ['Records stored', count(progress.events)],
    ['Set aside in dead letters', count(progress.dead_letters)],
    ['Student weeks computed', count(progress.student_weeks)],
    ['Weeks', weeks(progress)],
    [
      'Latest snapshot',
      snapshot ? `${snapshot.snapshot}, published ${moment(new Date(snapshot.published_ms), timeZone)}` : 'none yet',
    ],
    ...(mails.waiting + mails.given_up > 0 ? [notTaken(mails)] : []),
  ]
  const body = html`<header class="opening">
      <h1>Status</h1>
      <p class="lead">What has arrived and what has been computed.</p>
    </header>
    <dl class="facts">
      ${facts.map(
        ([term, text]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
    <p>
      For machines: <a href="/readyz">readiness</a> and <a href="/metrics">metrics</a>. Dead letters are listed by
      <code>homeroom dead-letters</code>.
    </p>`
  return { title: 'Status', body, seen: [] }
}

function notTaken({ waiting, given_up }: Awaited<ReturnType<typeof mailsNotTaken>>): [string, string] {
  const said = [
    waiting > 0 && `${count(waiting)} to be tried again`,
    given_up > 0 && `${count(given_up)} given up in the last 30 days`,
  ]
  return ['Mails that the mail server did not take', said.filter(part => part !== false).join(', ')]
}
