import { html, type Html } from '../html.ts'
import type { Problem } from './problem.ts'

/** One button: signing in changes something, so that it waits for a press and no preview uses the link up. */
export function signInPage(token: string, csrf: string): Problem {
  const body = html`<div class="narrow">
    <h1>Sign in to Homeroom</h1>
    <p class="lead">This link is yours alone and works once.</p>
    <form method="post" action="/sign-in">
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="_csrf" value="${csrf}" />
      <button type="submit" class="primary">Sign in</button>
    </form>
  </div>`
  return { title: 'Sign in', body }
}

export function usedLinkPage(): Problem {
  const title = 'This link no longer works'
  const body = html`<h1>${title}</h1>
    <p class="lead">A sign-in link works once, and only for a while.</p>
    <p>Whoever runs Homeroom makes a new one with <code>npm run homeroom -- user link NAME</code>.</p>`
  return { title, body }
}

export function linksOnlyPage(): Problem {
  const title = 'Sign in by your link'
  const body = html`<h1>${title}</h1>
    <p class="lead">Homeroom is opened by a personal link that works once.</p>
    ${howToGetALink()}`
  return { title, body }
}

export function howToGetALink(): Html {
  return html`<p>
    Whoever runs Homeroom makes one with <code>npm run homeroom -- user link NAME</code>. The start of the demo district
    prints one for each role.
  </p>`
}

/** @param elsewhere where to sign out of the provider too; null: nowhere */
export function signedOutPage(provider: string, elsewhere: string | null): Problem {
  const title = 'You are signed out of Homeroom'
  const body = html`<h1>${title}</h1>
    <p class="lead">
      You may still be signed in to ${provider}: at a computer that others use, sign out there too, or close the
      browser.
    </p>
    ${elsewhere !== null && html`<p><a class="button" href="${elsewhere}">Sign out of ${provider}</a></p>`}
    <p><a href="/sign-in">Sign in again</a></p>`
  return { title, body }
}
