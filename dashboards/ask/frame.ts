import { html, trusted, type Html } from '../html.ts'
import { stylesheetHref } from '../stylesheet.ts'
import { languageName, wordsIn } from './words.ts'

export type SurveyPage = {
  title: string
  language: string
  /** Others in which the same page can be had, by address. */
  languages?: readonly { language: string; href: string }[]
  body: Html
  status?: number
}

/** The frame of what somebody sees who is asked: no navigation, nothing of the rest of Homeroom, no script, no cookie. */
export function frame({ title, language, languages = [], body }: SurveyPage): string {
  return html`${trusted('<!doctype html>')}
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${stylesheetHref}" />
      </head>
      <body class="survey">
        ${languages.length > 1 && languageChoice(language, languages)}
        <main id="content">${body}</main>
      </body>
    </html>`.text
}

function languageChoice(chosen: string, languages: NonNullable<SurveyPage['languages']>): Html {
  return html`<nav class="languages" aria-label="${wordsIn(chosen).languages}">
    <ul>
      ${languages.map(
        ({ language, href }) =>
          html`<li>
            <a
              href="${href}"
              lang="${language}"
              hreflang="${language}"
              ${language === chosen && trusted(' aria-current="true"')}
              >${languageName(language)}</a
            >
          </li>`,
      )}
    </ul>
  </nav>`
}
