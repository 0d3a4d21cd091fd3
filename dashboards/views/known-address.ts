/** Pages of which a view can be saved: those of units, not of single students. */
const PAGES = [
  /^\/district(\/climate)?$/,
  /^\/explore$/,
  /^\/schools\/[^/]+(\/(climate|report))?$/,
  /^\/classes\/[^/]+$/,
  /^\/catalogue$/,
]
const LONGEST = 2000
/** Of no site that there is: only to read an address against. */
const HERE = 'http://homeroom.invalid'

/**
 * Path and query of a page of ours, in one form.
 * @returns null for whatever else it is: another site, a page that is not known, more than 2,000 characters
 */
export function knownAddress(typed: string): string | null {
  // What browsers read in other ways than it looks: blanks, control characters, backslashes.
  if (typed.length > LONGEST || !typed.startsWith('/') || /[\s\p{C}\\]/u.test(typed)) return null
  const url = URL.canParse(typed, HERE) ? new URL(typed, HERE) : null
  if (url === null || url.origin !== HERE || url.username !== '' || url.hash !== '') return null
  return PAGES.some(page => page.test(url.pathname)) ? url.pathname + url.search : null
}
