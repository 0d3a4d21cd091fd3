import { html, type Html } from '../../html.ts'
import { longDay } from '../../wording.ts'

/** One line of a profile: what is said, and below it where it comes from and of which day it is. */
export function line(said: Html | string, evidence: readonly (string | false | null)[]): Html {
  return html`<li>
    <span class="said">${said}</span>
    <span class="evidence">${evidence.filter(part => part !== false && part !== null && part !== '').join(' · ')}</span>
  </li>`
}

/** A list of such lines, or the sentence that stands for none. */
export function lines(of: readonly Html[], none: string): Html {
  return of.length === 0
    ? html`<p class="none">${none}</p>`
    : html`<ul class="lines">
        ${of}
      </ul>`
}

/** `2 March 2026` of an instant, in the district's zone. */
export const dayOfMs = (ms: number, timeZone: string): string =>
  longDay(new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(ms)))

/** `English` of `english`: subjects as sources write them, at the beginning of a line. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * A name for an activity or a skill, from its id: `ratios lab` of `https://lms.example.org/activities/ratios-lab`; '' if the id
 * has no words in it.
 */
export function readable(id: string): string {
  const segment =
    id
      .replace(/[?#].*$/, '')
      .replace(/(?<!\/)\/+$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  const text = unescaped(segment)
    .replace(/\.(html?|php|aspx?|pdf|mp4)$/i, '')
    .replace(/[-_.+]+/g, ' ')
    .trim()
  return /\p{L}{2}/u.test(text) && !UUID.test(segment) ? text.slice(0, 60) : ''
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not an encoded text: then it is its own name.
    return segment
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
