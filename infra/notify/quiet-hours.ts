import type { NotifySettings } from './notify-settings.ts'

/** Is this a moment at which nobody wants a message? Local time; a span over midnight belongs to both days. */
export function isQuiet(now: Date, { from, to, weekends }: NotifySettings['quiet'], timeZone: string): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' })
    .formatToParts(now)
    .reduce<Record<string, string>>((all, { type, value }) => ({ ...all, [type]: value }), {})
  if (weekends && ['Sat', 'Sun'].includes(parts.weekday!)) return true
  const time = `${parts.hour}:${parts.minute}`
  return from <= to ? from <= time && time < to : from <= time || time < to
}
