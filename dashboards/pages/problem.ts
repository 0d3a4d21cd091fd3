import { html, type Html } from '../html.ts'

/** What a reader is told when a page cannot be shown. */
export type Problem = { title: string; body: Html }

/**
 * @param status HTTP status
 * @param message what happened, a sentence without its full stop; shown for 4xx only, where it is the reader's to mend
 */
export function problemPage(status: number, message: string): Problem {
  const { title, next } = TEXTS[status] ?? (status < 500 ? TEXTS[400]! : TEXTS[500]!)
  const said = status < 500 && message !== '' && html`<p>${message.replace(/\.?$/, '.')}</p>`
  return {
    title,
    body: html`<h1>${title}</h1>
      ${said}
      <p class="lead">${next}</p>
      <p><a class="button" href="/">To the first page</a></p>`,
  }
}

/** For those who are not signed in. */
export function notSignedInPage(): Problem {
  const title = 'You are not signed in'
  const body = html`<h1>${title}</h1>
    <p class="lead">Homeroom is opened by a personal link that works once.</p>
    <p>
      Whoever runs Homeroom makes one with <code>npm run homeroom -- user link NAME</code>. The start of the demo
      district prints one for each role.
    </p>`
  return { title, body }
}

const TEXTS: Record<number, { title: string; next: string }> = {
  400: { title: 'This address is not right', next: 'Please correct the address, or start from the first page.' },
  403: {
    title: 'Not yours to see',
    next: 'If you need it for your work, ask the district analyst to widen your account.',
  },
  404: { title: 'There is no such page', next: 'The address may be mistyped, or what it named no longer exists.' },
  429: { title: 'Too many tries', next: 'Please wait a minute and try again.' },
  500: {
    title: 'Something went wrong on our side',
    next: 'Nothing was lost. The fault has been written to the log; please try again later.',
  },
  503: {
    title: 'The figures cannot be read at the moment',
    next: 'Records are still being accepted. Please look again in a minute.',
  },
}
