const DAY_MS = 86_400_000
const CACHED_DAYS = 4096

/** Local dates and times of one time zone as milliseconds since 1970. */
export type Zoned = (day: string, msOfDay: number) => number

/**
 * A local date and a time of day. A time that does not exist, because the clock is put forward, is as much later; of a
 * time that exists twice the first is meant.
 */
export function zonedIn(timeZone: string): Zoned {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsetAt = (utcMs: number): number => offsetOf(format.format(utcMs))
  const days = new Map<string, { utc: number; before: number; after: number }>()
  return (day, msOfDay) => {
    let known = days.get(day)
    if (known === undefined) {
      const utc = Date.parse(`${day}T00:00:00.000Z`)
      // Zones are at most 14 hours from UTC: the offsets half a day around a local day frame all that change in it.
      known = { utc, before: offsetAt(utc - DAY_MS / 2), after: offsetAt(utc + 1.5 * DAY_MS) }
      if (days.size >= CACHED_DAYS) days.clear()
      days.set(day, known)
    }
    const { utc, before, after } = known
    const early = utc + msOfDay - before
    if (before === after || offsetAt(early) === before) return early
    const late = utc + msOfDay - after
    return offsetAt(late) === after ? late : early
  }
}

function offsetOf(text: string): number {
  const [, sign, hours, minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text) ?? []
  if (sign === undefined) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** A local date some days later. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) + days * DAY_MS).toISOString().slice(0, 10)
