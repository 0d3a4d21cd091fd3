import type { Seen } from '../../access.ts'
import type { Html } from '../../html.ts'

/**
 * A part of a page, made by a function of a file of its own, which gives null where there is nothing to show.
 * `seen`: what it shows beyond the page's own unit, for the audit.
 */
export type Section = { html: Html; seen?: readonly Seen[] }
