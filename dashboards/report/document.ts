import { html, trusted, type Html } from '../html.ts'
import type { Language } from '../language.ts'
import { FRAME } from '../layout.ts'
import { stylesheet } from '../stylesheet.ts'

export type Paper = 'letter' | 'a4'

type Document = { title: string; body: Html; language: Language; paper: Paper }

/** A report as a file of its own: it needs nothing beside it, loads nothing and runs nothing. */
export function reportDocument({ title, body, language, paper }: Document): string {
  const style = `${stylesheet}\n@page { size: ${paper}; }`
  return html`${trusted('<!doctype html>')}
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Homeroom</title>
        ${trusted(`<style>\n${style}\n</style>`)}
      </head>
      <body>
        <main id="content" class="wide">${body}</main>
        <footer class="wide"><p>${FRAME[language].footer}</p></footer>
      </body>
    </html>`.text
}
