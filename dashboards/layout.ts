import type { Account } from '../infra/accounts.ts'
import { mayEnter, tierOf } from './access.ts'
import type { School } from './figures/figures.ts'
import { html, trusted, type Html } from './html.ts'
import type { Language } from './language.ts'
import { stylesheetHref } from './stylesheet.ts'

export type Page = {
  title: string
  body: Html
  /** Who reads, with the token that signing out needs; null on pages that need no sign-in. */
  reader: Account | null
  csrf?: string
  schools?: readonly School[]
  /** Path of this page, marked in the navigation. */
  path?: string
  /** Address of the page's script, of our own origin; the route's policy has to allow it. */
  script?: string
  /** Of the title and the body; navigation is in English. Default: English. */
  language?: Language
}

/** The frame of every page: skip link, navigation, content, footer. */
export function layout({ title, body, reader, csrf, schools = [], path, script, language = 'en' }: Page): string {
  return html`${trusted('<!doctype html>')}
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Homeroom</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${stylesheetHref}" />
        ${script !== undefined && html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        <a class="skip" href="#content">${FRAME[language].skip}</a>
        <header class="top" lang="en">
          <div class="wide">
            <a class="wordmark" href="/">Homeroom</a>
            ${reader && navigation(reader, schools, path)} ${reader && csrf && signOut(reader, csrf)}
          </div>
        </header>
        <main id="content" tabindex="-1" class="wide">${body}</main>
        <footer class="wide">
          <p>${FRAME[language].footer}</p>
        </footer>
      </body>
    </html>`.text
}

/** What stands on every page, in its language. */
export const FRAME: Readonly<Record<Language, { skip: string; footer: string }>> = {
  en: {
    skip: 'Skip to content',
    footer: 'Figures describe traces of learning and logged contact. They open a conversation; they do not settle one.',
  },
  es: {
    skip: 'Ir al contenido',
    footer:
      'Las cifras describen huellas de aprendizaje y contactos registrados. Abren una conversación; no la cierran.',
  },
}

function navigation(reader: Account, schools: readonly School[], path: string | undefined): Html {
  const own = schools.filter(
    school => reader.scope.schools.includes(school.id) && tierOf(reader, { type: 'school', id: school.id }) !== 'none',
  )
  const items = [
    mayEnter(reader, 'inbox') && { href: '/home', text: 'Your students' },
    mayEnter(reader, 'inbox') && { href: '/inbox', text: 'Offers of help' },
    tierOf(reader, { type: 'district', id: '' }) !== 'none' && { href: '/district', text: 'District' },
    tierOf(reader, { type: 'district', id: '' }) !== 'none' && { href: '/explore', text: 'Explore' },
    ...own.slice(0, 4).map(school => ({ href: schoolPath(school.id), text: school.name })),
    { href: '/catalogue', text: 'Indicators' },
    mayEnter(reader, 'research') && { href: '/research', text: 'Research' },
    { href: '/views', text: 'Saved views' },
    { href: '/subscriptions', text: 'By e-mail' },
    mayEnter(reader, 'operations') && { href: '/status', text: 'Status' },
    mayEnter(reader, 'audit') && { href: '/audit', text: 'Audit' },
  ].filter(item => item !== false)
  return html`<nav aria-label="Main">
    <ul>
      ${items.map(
        item =>
          html`<li>
            <a href="${item.href}" ${item.href === path && trusted(' aria-current="page"')}>${item.text}</a>
          </li>`,
      )}
    </ul>
  </nav>`
}

function signOut(reader: Account, csrf: string): Html {
  return html`<form class="sign-out" method="post" action="/sign-out">
    <input type="hidden" name="_csrf" value="${csrf}" />
    <span class="who">${reader.name || reader.id} <span class="role">(${reader.role})</span></span>
    <button type="submit" class="quiet">Sign out</button>
  </form>`
}

/** Address of a school's page. */
export const schoolPath = (id: string): string => `/schools/${encodeURIComponent(id)}`

/** Address of a school's report. */
export const reportPath = (id: string): string => `${schoolPath(id)}/report`

/** Address of the page on which surveys are told question by question. */
export const climatePath = ({ type, id }: { type: 'school' | 'district'; id: string }): string =>
  type === 'school' ? `${schoolPath(id)}/climate` : '/district/climate'

/** Address of the page of a class or an advisory. */
export const classPath = (id: string): string => `/classes/${encodeURIComponent(id)}`
