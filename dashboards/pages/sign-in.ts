import { html, type Html } from '../html.ts'

/** One button: signing in changes something, so that it waits for a press and no preview uses the link up. */
export function signInPage(token: string, csrf: string): { title: string; body: Html } {
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

export function usedLinkPage(): { title: string; body: Html } {
  const title = 'This link no longer works'
  const body = html`<h1>${title}</h1>
    <p class="lead">A sign-in link works once, and only for a while.</p>
    <p>Whoever runs Homeroom makes a new one with <code>npm run homeroom -- user link NAME</code>.</p>`
  return { title, body }
}
