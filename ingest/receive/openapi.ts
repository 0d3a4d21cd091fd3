import { z } from 'zod'
import type { ErrorCode } from '../../infra/errors.ts'
import { Faults, named, query, TEXT, type Descriptions } from '../../infra/openapi/operation.ts'
import { CaliperEnvelope } from '../../schemas/caliper.ts'
import { CanvasEvent } from '../../schemas/canvas.ts'
import { Interaction } from '../../schemas/interaction.ts'
import { CSV, NDJSON } from './interactions.ts'

const ERRORS_OF_DOORS: ErrorCode[] = [
  'CREDENTIALS_MISSING',
  'CREDENTIALS_INVALID',
  'SCOPE_DENIED',
  'BODY_INVALID',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'RECORD_INVALID',
  'LOG_BEHIND',
  'LOG_UNAVAILABLE',
]
const RowsAnswer = z.strictObject({
  accepted: z.int(),
  /** Entities that were only described. */
  described: z.int().optional(),
  refused: Faults,
})
const common = { by: 'source', errors: ERRORS_OF_DOORS, errorShape: 'Refusal' } as const
const answers = {
  200: {
    description: 'What is right is durable; what is not is told, and lies in the dead letters',
    content: { 'application/json': named('RowsAnswer') },
  },
}
const rows = named('Interaction')

/** The doors that take their items one by one. */
export const doorDescriptions: Descriptions = {
  operations: {
    'POST /caliper/events': {
      ...common,
      tag: 'Caliper',
      summary: 'Store the events of a Caliper envelope (Sensor API); entities are checked and counted',
      body: { 'application/json': named('CaliperEnvelope') },
      answers,
    },
    'GET /caliper/events': {
      tag: 'Caliper',
      by: 'source',
      summary: 'What a sensor may send here',
      answers: {
        200: { description: 'Sizes and versions', content: { 'application/json': named('CaliperEndpoint') } },
      },
      errors: ['CREDENTIALS_MISSING', 'CREDENTIALS_INVALID', 'SCOPE_DENIED'],
      errorShape: 'Refusal',
    },
    'POST /interactions': {
      ...common,
      tag: 'Interactions',
      summary: 'Store meetings, check-ins, messages and work together',
      body: {
        'application/json': { oneOf: [rows, { type: 'array', items: rows }] },
        ...Object.fromEntries(NDJSON.map(type => [type, TEXT])),
        [CSV]: TEXT,
      },
      answers,
    },
    'POST /canvas/events': {
      ...common,
      tag: 'Canvas',
      summary: 'Store Canvas Live Events, as JSON or as a signed token',
      parameters: [query('key', TEXT, 'The secret of the source, for Canvas, which sends no headers of ours')],
      body: {
        'application/json': { oneOf: [named('CanvasEvent'), { type: 'array', items: named('CanvasEvent') }] },
        '*/*': TEXT,
      },
      answers: { 200: { ...answers[200], content: { 'application/json': named('CanvasAnswer') } } },
    },
  },
  schemas: {
    CaliperEnvelope,
    CaliperEndpoint: z.strictObject({
      /** Kibibytes. */
      caliper_maximum_payload_size: z.int(),
      caliper_supported_versions: z.array(z.string()),
      caliper_supported_extensions: z.strictObject({ endpoint_name: z.string() }),
    }),
    Interaction,
    CanvasEvent,
    RowsAnswer,
    CanvasAnswer: RowsAnswer.extend({ nobody: z.int() }),
  },
}
