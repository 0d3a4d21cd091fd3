import { html, type Html } from '../html.ts'
import type { Problem } from './problem.ts'

/** What links in mails open: each with one button, because a mail scanner follows links and presses nothing. */
export function confirmPage(address: string, path: string): Problem {
  return one('Is this your mailbox?', {
    lead: html`Homeroom is to send mails to <strong>${address}</strong>: published figures, as their reader chose them.`,
    path,
    button: 'Yes, send them there',
    after: 'If you did not ask for this, close this page: nothing is sent.',
  })
}

export function confirmedPage(): Problem {
  return said('The address is confirmed', 'Mails go there from now on.')
}

export function endPage(path: string): Problem {
  return one('End these mails?', {
    lead: html`This ends the one kind of mail from which you came here.`,
    path,
    button: 'End them',
    after: 'Other mails go on; what else you are told, the page “By e-mail” of Homeroom says.',
  })
}

export function endedPage(): Problem {
  return said(
    'These mails are ended',
    'Nothing more of the kind is sent. On the page “By e-mail” they can be set up again.',
  )
}

type One = { lead: Html; path: string; button: string; after: string }

function one(title: string, { lead, path, button, after }: One): Problem {
  const body = html`<div class="narrow">
    <h1>${title}</h1>
    <p class="lead">${lead}</p>
    <form method="post" action="${path}">
      <button type="submit" class="primary">${button}</button>
    </form>
    <p class="hint">${after}</p>
  </div>`
  return { title, body }
}

function said(title: string, lead: string): Problem {
  const body = html`<h1>${title}</h1>
    <p class="lead">${lead}</p>
    <p><a href="/subscriptions">What you are told by e-mail</a></p>`
  return { title, body }
}
