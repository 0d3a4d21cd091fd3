import { z } from 'zod'
import { isTimestamp } from './formats.ts'

const Timestamp = z
  .string()
  .refine(isTimestamp, { error: 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z' })

/** The versions whose data are taken, by their contexts, newest first. */
export const CALIPER_VERSIONS = [
  'http://purl.imsglobal.org/ctx/caliper/v1p2',
  'http://purl.imsglobal.org/ctx/caliper/v1p1',
  ...['Feedback', 'ResourceManagement', 'Search', 'Survey', 'ToolLaunch', 'ToolUse'].map(
    profile => `http://purl.imsglobal.org/ctx/caliper/v1p1/${profile}Profile-extension`,
  ),
  'http://purl.imsglobal.org/ctx/caliper/v1/Context',
] as const

const CONTEXTS: ReadonlySet<string> = new Set(CALIPER_VERSIONS)

/** The context of Caliper 1.0, 1.1 or 1.2, or of a profile that was published for 1.1. */
export const isCaliperContext = (text: unknown): boolean =>
  typeof text === 'string' && CONTEXTS.has(text.replace(/^https:/, 'http:').replace(/\/$/, ''))

/**
 * What the Sensor API sends: events and entities ("describe"). Only the envelope is judged here; what it holds is judged one
 * by one. Sensors of 1.0 send no `dataVersion`.
 */
export const CaliperEnvelope = z.looseObject({
  sensor: z.string().min(1),
  sendTime: Timestamp,
  dataVersion: z.string().optional(),
  data: z.array(z.unknown()).min(1),
})
export type CaliperEnvelope = z.infer<typeof CaliperEnvelope>

/** An entity: its IRI, or the whole of it with at least `id` and `type`. */
export type CaliperEntity = string | ({ id: string; type: string } & Record<string, unknown>)

/** A valid event in the form of 1.1 and 1.2 (`normalCaliper` in ingest/map brings 1.0 into it). */
export type CaliperEvent = {
  id: string
  type: string
  actor: CaliperEntity
  action: string
  object: CaliperEntity
  eventTime: string
  profile?: string
  edApp?: CaliperEntity
  generated?: CaliperEntity
  target?: CaliperEntity
  referrer?: CaliperEntity
  group?: CaliperEntity
  membership?: CaliperEntity
  session?: CaliperEntity
  federatedSession?: CaliperEntity
  extensions?: Record<string, unknown>
}
