import { CanvasEvent } from '../schemas/canvas.ts'
import { canonical } from './canonical.ts'
import { faultsOf } from './faults.ts'
import { buryEvent, formFaults, type Accepted, type ForeignEvent, type Manner } from './foreign-events.ts'
import { withoutNames, type Owner } from './hidden-fields.ts'
import type { Batch, Intake } from './intake.ts'
import { fromCanvas, globalId, identifierOfCanvasUser, type CanvasUser } from './map/from-canvas.ts'
import { keptText } from './originals.ts'

type Json = Record<string, unknown>

/**
 * Put a Canvas Live Event into the batch as a record, or into its dead letters.
 *
 * The events have no ids of their own: source, metadata and body are their identity, so that what Canvas delivers again is
 * one record.
 */
export function acceptCanvasEvent(intake: Intake, batch: Batch, event: ForeignEvent, manner: Manner): Accepted {
  const formal = formFaults(event)
  if (formal.length > 0) return buryEvent(intake, batch, event, formal, manner)
  const parsed = CanvasEvent.safeParse(event.value)
  if (!parsed.success) {
    const faults = faultsOf(parsed.error.issues, event.value, event.index, event.place, manner.join)
    return buryEvent(intake, batch, event, faults, manner)
  }
  // What stands beside the two is of the delivery: claims of a token, attributes of a queue.
  const { metadata, body } = parsed.data
  const { source, storedAt, window } = batch
  const id = intake.derivedId(source, canonical({ metadata, body }))
  const mapped = fromCanvas(parsed.data, { id, source, storedAt, window, pseudonymise: intake.pseudonymise })
  if (mapped === null) return { nobody: 'no user is named' }
  const kept = withoutNames({ metadata, body }, intake, ownerIn(parsed.data, intake))
  intake.addRecord(batch, mapped, canonical(kept), keptText('canvas', kept))
  return 'stored'
}

/** True if a value has the form of a Canvas Live Event. */
export function isCanvasEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { metadata, body } = value as Json
  if (typeof metadata !== 'object' || metadata === null || typeof body !== 'object') return false
  return typeof (metadata as Json).event_name === 'string'
}

// Fields that name a person, and what each says of whom; undefined: of whoever is signed in.
const FIELDS: Record<string, ((value: string) => CanvasUser | null) | undefined> = {
  user_sis_id: sisId => ({ sisId }),
  student_sis_id: sisId => ({ sisId }),
  user_uuid: uuid => ({ uuid }),
  email: email => ({ email }),
  user_login: undefined,
  user_name: () => null,
  lti_user_id: () => null,
}
const IDS = /^(?:user|real_user|student|grader|author|associated_user)_id$/
/** Events about accounts tell names in fields that elsewhere hold names of things. */
const ACCOUNT_FIELDS: ReadonlySet<string> = new Set(['name', 'short_name', 'uuid'])
const PROFILE_FIELDS: ReadonlySet<string> = new Set(['asset_id', 'asset_name', 'display_name'])

function ownerIn(event: CanvasEvent, intake: Intake): (key: string, value: unknown) => Owner | null {
  const { metadata, body } = event
  const signedIn = { id: globalId(metadata.user_id, event), sisId: metadata.user_sis_id || undefined }
  const byId = (id: unknown): CanvasUser => {
    const user = { id: globalId(id, event) }
    return user.id === signedIn.id ? signedIn : user
  }
  const isAccount = metadata.event_name.startsWith('user_')
  const isProfile = body.asset_type === 'user'
  const userOf = (key: string, value: string): CanvasUser | null | undefined => {
    if (IDS.test(key)) return byId(value)
    if (Object.hasOwn(FIELDS, key)) return FIELDS[key] === undefined ? signedIn : FIELDS[key](value)
    if (isAccount && ACCOUNT_FIELDS.has(key)) return byId(body.user_id)
    return isProfile && PROFILE_FIELDS.has(key) ? byId(body.asset_id) : undefined
  }
  return (key, value) => {
    const isUser = key === 'user' && typeof value === 'object' && value !== null
    const isText = (typeof value === 'string' && value !== '') || typeof value === 'number'
    const user = isUser ? byId((value as Json).id) : isText ? userOf(key, String(value)) : undefined
    if (user === undefined) return null
    return { of: `canvas/${key}`, identifier: user && pseudonymOf(user, intake) }
  }
}

function pseudonymOf(user: CanvasUser, intake: Intake): Owner['identifier'] {
  const { type, value } = identifierOfCanvasUser(user)
  return intake.pseudonymise(type, value)
}
