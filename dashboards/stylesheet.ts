import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The one stylesheet. Its address changes with its content, so that browsers may keep it for ever. */
export const stylesheet: string = readFileSync(new URL('./style.css', import.meta.url), 'utf8')
export const stylesheetHref = `/style.css?v=${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}`
