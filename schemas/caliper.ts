import { z } from 'zod'
import { isIri, isTimestamp, isUuid } from './formats.ts'

const Timestamp = z
  .string()
  .refine(isTimestamp, { error: 'an ISO 8601 date and time, for example 2026-03-02T14:00:00.000Z' })

/**
 * What the Sensor API sends: events and entities ("describe"), of Caliper 1.0, 1.1 or 1.2. Only the envelope is judged
 * here; what it holds is judged one by one (`CaliperEvent`).
 */
export const CaliperEnvelope = z.looseObject({
  sensor: z.string().min(1),
  sendTime: Timestamp,
  dataVersion: z
    .string()
    .regex(/^http:\/\/purl\.imsglobal\.org\/ctx\/caliper\/(?:v1p[012]|v1\/Context)$/, {
      error: 'the context of Caliper 1.0, 1.1 or 1.2, for example http://purl.imsglobal.org/ctx/caliper/v1p2',
    })
    .optional(),
  data: z.array(z.unknown()),
})
export type CaliperEnvelope = z.infer<typeof CaliperEnvelope>

const isId = (text: string): boolean => isIri(text) || /^_:\S+$/.test(text)
const EntityId = z.string().refine(isId, { error: 'an IRI' })
const EntityObject = z.looseObject({ id: EntityId, type: z.string().min(1) })

/** An entity: its IRI, or the whole of it with at least `id` and `type`. */
export const CaliperEntity = z.unknown().superRefine((value, context) => {
  if (value === undefined || value === null) {
    context.addIssue({ code: 'custom', message: 'an entity: its IRI, or an object with id and type', path: [] })
    return
  }
  const { error } = (typeof value === 'string' ? EntityId : EntityObject).safeParse(value)
  for (const issue of error?.issues ?? []) context.addIssue({ ...issue } as never)
}) as unknown as z.ZodType<CaliperEntity>
export type CaliperEntity = string | ({ id: string; type: string } & Record<string, unknown>)

/**
 * An event in the form of 1.1 and 1.2 (`normalCaliper` in ingest/map brings 1.0 into it). Which actions a type allows is
 * checked beside it: the table lies with the mapping.
 */
export const CaliperEvent = z.looseObject({
  id: z
    .string()
    .refine(id => isUuid(id.replace(/^urn:uuid:/i, '')) && /^urn:uuid:/i.test(id), { error: 'a URN of a UUID' }),
  type: z.string(),
  actor: CaliperEntity,
  action: z.string(),
  object: CaliperEntity,
  eventTime: Timestamp,
  profile: z.string().optional(),
  edApp: CaliperEntity.optional(),
  generated: CaliperEntity.optional(),
  target: CaliperEntity.optional(),
  referrer: CaliperEntity.optional(),
  group: CaliperEntity.optional(),
  membership: CaliperEntity.optional(),
  session: CaliperEntity.optional(),
  federatedSession: CaliperEntity.optional(),
  extensions: z.record(z.string(), z.unknown()).optional(),
})
export type CaliperEvent = z.infer<typeof CaliperEvent>
