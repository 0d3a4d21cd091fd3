/** A window of scores, and the first day of anybody's sitting in it. */
export type WindowBegin = { window: string; begin: string }

/** The time between two windows of one school year. */
export type WindowSpan = {
  /** `2025-2026`; '' = the windows name no year. */
  year: string
  from: string
  to: string
  /** `2025-2026 fall to winter` */
  name: string
}

/** The school year that a window's name begins with, `2025-2026` of `2025-2026 fall`; '' = none. */
export const yearOf = (window: string): string => /^\d{4}-\d{4}(?= )/.exec(window)?.[0] ?? ''

/** From each window to the next of its school year, and from the first to the last: fall to winter, winter to spring, fall to spring. */
export function windowSpans(windows: readonly WindowBegin[]): WindowSpan[] {
  const ordered = [...windows].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(({ window }) => window)
  return [...Map.groupBy(ordered, yearOf)].flatMap(([year, of]) => {
    const next = of.slice(1).map((to, at) => [of[at]!, to] as const)
    const whole = of.length > 2 ? [[of[0]!, of.at(-1)!] as const] : []
    return [...next, ...whole].map(([from, to]) => ({ year, from, to, name: `${from} to ${nameWithin(year, to)}` }))
  })
}

const key = ({ begin, window }: WindowBegin): string => `${begin} ${window}`

/** `fall` of `2025-2026 fall`. */
export const nameWithin = (year: string, window: string): string =>
  year === '' ? window : window.slice(year.length + 1)
