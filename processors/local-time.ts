const DAY_MS = 86_400_000
/** A zone's offset changes only at quarter hours of UTC. */
const SLOT_MS = 900_000

export type LocalTime = {
  /** Days since 1970-01-01 of the local date. */
  dayOf: (ms: number) => number
  /** Milliseconds since local midnight. */
  sinceMidnight: (ms: number) => number
}

/**
 * The local date of instants in one time zone.
 *
 * `Intl` takes microseconds a call, so its offset is kept per quarter hour, in which no zone changes it.
 *
 * @param timeZone IANA name
 */
export function localTime(timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsets = new Map<number, number>()
  const offsetOf = (ms: number): number => {
    const slot = Math.floor(ms / SLOT_MS)
    let offset = offsets.get(slot)
    if (offset === undefined) {
      if (offsets.size > 50_000) offsets.clear()
      offset = readOffset(format, slot * SLOT_MS)
      offsets.set(slot, offset)
    }
    return offset
  }
  return {
    dayOf: ms => Math.floor((ms + offsetOf(ms)) / DAY_MS),
    sinceMidnight: ms => (((ms + offsetOf(ms)) % DAY_MS) + DAY_MS) % DAY_MS,
  }
}

/** The Monday of a day, both as days since 1970-01-01 (a Thursday). */
export function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7)
}

function readOffset(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(part => part.type === 'timeZoneName')?.value ?? 'GMT'
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name)
  if (!match) return 0
  const [, sign, hours, minutes, seconds = '0'] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
}
