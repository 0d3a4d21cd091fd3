import { html, type Html } from '../html.ts'
import { howToGetALink } from './sign-in.ts'

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

/** By what a reader signs in: the provider, as its button says, and the path to come back to; null: by a link. */
export type Way = { provider: string; to: string } | null

/** For those who are not signed in. */
export function notSignedInPage(way: Way): Problem {
  const title = 'You are not signed in'
  if (way === null) {
    const body = html`<h1>${title}</h1>
      <p class="lead">Homeroom is opened by a personal link that works once.</p>
      ${howToGetALink()}`
    return { title, body }
  }
  const body = html`<h1>${title}</h1>
    <p class="lead">Homeroom is opened with ${way.provider}.</p>
    ${signInButton(way)}`
  return { title, body }
}

/** Signing in did not work: what happened, and the way to try again. */
export function signInFailedPage(status: number, message: string, way: Way): Problem {
  const title = status === 503 ? 'Signing in is not possible at the moment' : 'You could not be signed in'
  const body = html`<h1>${title}</h1>
    <p>${sentence(message)}</p>
    <p class="lead">
      ${
        status === 503
          ? 'Please try again in a minute. Those who are signed in already are not affected.'
          : 'Nothing was changed. If it happens again, tell whoever runs Homeroom what stands above.'
      }
    </p>
    ${way && signInButton(way)}`
  return { title, body }
}

const signInButton = ({ provider, to }: { provider: string; to: string }): Html =>
  html`<p>
    <a class="button" href="/sign-in${to === '/' ? '' : `?${new URLSearchParams({ to }).toString()}`}"
      >Sign in with ${provider}</a
    >
  </p>`

const sentence = (message: string): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.?$/, '.')

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
