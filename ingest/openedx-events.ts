import { TrackingEvent } from '../schemas/openedx.ts'
import { canonical } from './canonical.ts'
import { fault, faultsOf } from './faults.ts'
import { buryEvent, formFaults, type Accepted, type ForeignEvent, type Manner } from './foreign-events.ts'
import { withoutNames, type Owner } from './hidden-fields.ts'
import type { Batch, Intake } from './intake.ts'
import { detailsOf, fromOpenEdx, identifierOfUser, USER_IDS, USER_NAMES } from './map/from-openedx.ts'
import { keptText } from './originals.ts'
import { isObject, type Json } from '../schemas/json.ts'

/**
 * Put an event of a tracking log into the batch as a record, or into its dead letters.
 *
 * The events have no ids: source and the whole event are their identity, so that a line loaded twice is one record.
 * @param homePage of the platform's accounts; null: `https://` and the event's own `host`
 */
export function acceptTrackingEvent(
  intake: Intake,
  batch: Batch,
  event: ForeignEvent,
  manner: Manner,
  homePage: string | null,
): Accepted {
  const formal = formFaults(event)
  if (formal.length > 0) return buryEvent(intake, batch, event, formal, manner)
  const line = inLogForm(event.value)
  const parsed = TrackingEvent.safeParse(line)
  if (!parsed.success) {
    const faults = faultsOf(parsed.error.issues, line, event.index, event.place, manner.join)
    return buryEvent(intake, batch, event, faults, manner)
  }
  const home = homePage ?? homePageOf(parsed.data.host)
  const mapped = fromOpenEdx(parsed.data, {
    id: intake.derivedId(batch.source, canonical(event.value)),
    source: batch.source,
    storedAt: batch.storedAt,
    window: batch.window,
    pseudonymise: intake.pseudonymise,
    homePage: home ?? '',
  })
  if (mapped === null) return { nobody: 'no user is named' }
  if (home === null) {
    const place = `${event.place}${manner.join}host`
    const expected = "the platform's site, or its address given by --home-page"
    return buryEvent(intake, batch, event, [fault(event.index, place, 'missing', expected)], manner)
  }
  const kept = withoutNames(withDetails(event.value as Json), intake, ownerIn(intake, home))
  intake.addRecord(batch, mapped, canonical(kept), keptText('openedx', kept))
  return 'stored'
}

/** True if a value has the form of an event of a tracking log. */
export function isTrackingEvent(value: unknown): boolean {
  const { event_type: type, event_source: source, time, context } = inLogForm(value)
  return typeof type === 'string' && typeof time === 'string' && (source !== undefined || context !== undefined)
}

/** The form in which the platform hands events to other programs has the same fields under other names. */
function inLogForm(value: unknown): Json {
  if (!isObject(value)) return {}
  if (value.event_type !== undefined || value.data === undefined) return value
  const { data, timestamp, context, ...rest } = value
  const { username, host, event_source } = isObject(context) ? context : {}
  return { username, host, event_source, ...rest, event_type: value.name, time: timestamp, context, event: data }
}

// What a page sent as JSON in a text is kept as the JSON that it is: a person in it could not be hidden otherwise.
function withDetails(line: Json): Json {
  const details = typeof line.event === 'string' ? detailsOf(line.event) : {}
  return Object.keys(details).length > 0 ? { ...line, event: details } : line
}

function ownerIn(intake: Intake, homePage: string): (key: string, value: unknown) => Owner | null {
  return (key, value) => {
    const isName = USER_NAMES.has(key)
    if (!isName && !USER_IDS.has(key)) return null
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return null
    const said = String(value)
    const identifier = identifierOfUser(isName ? { name: said } : { number: said }, homePage)
    return {
      of: `${homePage}${isName ? '' : '/user_id'}`,
      identifier: intake.pseudonymise(identifier.type, identifier.value),
    }
  }
}

const homePageOf = (host: string | null | undefined): string | null => (host ? `https://${host.toLowerCase()}` : null)
