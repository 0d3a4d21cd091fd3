/** Markup that is safe to send. Only `html` and `trusted` make it, so that a plain string can never slip through unescaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

export type Part = Html | string | number | null | undefined | false | readonly Part[]

/** A template whose every value is escaped unless it is `Html`; null, undefined and false are left out. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0] ?? ''
  for (let i = 0; i < parts.length; i++) text += render(parts[i]) + (strings[i + 1] ?? '')
  return new Html(text)
}

/** Markup that our own code made and that holds no text from outside, or holds it escaped already. */
export const trusted = (text: string): Html => new Html(text)

/** Text as it must stand in markup, between tags or in a quoted attribute. */
export function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

function render(part: Part): string {
  if (part instanceof Html) return part.text
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number') return String(part)
  return part.map(render).join('')
}
