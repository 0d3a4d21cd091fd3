import ICAL from 'ical.js'
import type { Component } from './icalendar-text.ts'
import { zonedIn } from './zoned.ts'

/** A date and a time as a clock on a wall shows them, as milliseconds since 1970. */
export type WallClock = (wall: ICAL.Time) => number

/** Where a time is told in no zone that is known: null. */
export type Zones = (time: { tzid: string | undefined; isUtc: boolean }) => WallClock | null

const MAX_CHANGES = 500

/**
 * The time zones of a calendar. A name of the IANA database means that zone, whatever the calendar says of it; another name
 * means the rules that the calendar brings for it (Outlook's "Eastern Standard Time"); none, the district's zone.
 */
export function zonesOf(parts: readonly Component[], timeZone: string): Zones {
  const own = new Map<string, WallClock>()
  for (const part of parts) {
    const found = part.unreadable === undefined ? ruledZone(part.text) : null
    if (found !== null) own.set(found.tzid, found.clock)
  }
  const named = new Map<string, WallClock | null>()
  const district = clockOf(timeZone)!
  return ({ tzid, isUtc }) => {
    if (isUtc) return utcMs
    if (tzid === undefined) return district
    let clock = named.get(tzid)
    if (clock === undefined) named.set(tzid, (clock = clockOf(tzid) ?? clockOf(lastOf(tzid)) ?? own.get(tzid) ?? null))
    return clock
  }
}

/** What a wall clock in Greenwich shows. */
export const utcMs: WallClock = wall =>
  Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)

function clockOf(timeZone: string): WallClock | null {
  try {
    const zoned = zonedIn(timeZone)
    return wall => {
      const day = new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).toISOString().slice(0, 10)
      return zoned(day, ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1000)
    }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** `/freeassociation.sourceforge.net/America/New_York` ends in the name of the IANA database. */
const lastOf = (tzid: string): string => tzid.split('/').slice(-2).join('/')

/** Rules as calendars bring them: a change in each year, or a list of changes. Others are not followed. */
function ruledZone(text: string): { tzid: string; clock: WallClock } | null {
  const rules = text.match(/^RRULE[:;].*$/gim) ?? []
  const isPlain = (rule: string): boolean =>
    /FREQ=YEARLY/i.test(rule) && !/INTERVAL=(?!1\b)|BYSETPOS|BYWEEKNO/i.test(rule)
  const changes = text.match(/^BEGIN:(?:STANDARD|DAYLIGHT)/gim) ?? []
  if (!rules.every(isPlain) || changes.length > MAX_CHANGES) return null
  try {
    const zone = new ICAL.Timezone(new ICAL.Component(ICAL.parse(text)))
    return { tzid: zone.tzid, clock: wall => utcMs(wall) - zone.utcOffset(wall) * 1000 }
  } catch {
    // What is said in this zone then has none, and each entry that needs it says so.
    return null
  }
}
