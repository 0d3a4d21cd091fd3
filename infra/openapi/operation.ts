import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../errors.ts'

/** A JSON schema, or a reference to a named one (`named`). */
export type Schema = Record<string, unknown>

export type Parameter = {
  name: string
  in: 'query' | 'path' | 'header'
  description: string
  schema: Schema
  required?: boolean
}

export type Answer = {
  description: string
  /** By media type; none: there is no body. */
  content?: Record<string, Schema>
  /** Names of headers that it has beside the usual ones, and what they say. */
  headers?: Record<string, string>
}

/** What one method of one address does, as the document tells it. */
export type Operation = {
  summary: string
  tag: string
  /** A source with credentials, a person who is signed in, or anybody. */
  by: 'source' | 'session' | 'anybody'
  parameters?: Parameter[]
  /** By media type. */
  body?: Record<string, Schema>
  /** By status. */
  answers: Record<number, Answer>
  /** What it may refuse; each is answered by its status in `errorShape`. */
  errors?: readonly ErrorCode[]
  errorShape?: 'Refusal' | 'Problem' | 'Page'
}

/** Operations by method and route as registered (`GET /schools/:id`), and the schemas that they name. */
export type Descriptions = {
  operations: Record<string, Operation>
  schemas: Record<string, z.ZodType>
}

export const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
export const listOf = (items: Schema): Schema => ({ type: 'array', items })
export const TEXT: Schema = { type: 'string' }
export const UUID: Schema = { type: 'string', format: 'uuid' }
export const IRI: Schema = { type: 'string', format: 'iri' }
export const INSTANT: Schema = { type: 'string', format: 'date-time' }
/** Bytes as they are. */
export const BYTES: Schema = {}

export const query = (name: string, schema: Schema, description: string, required = false): Parameter => ({
  name,
  in: 'query',
  schema,
  description,
  required,
})

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]

/** What is wrong with one thing of several that were sent. */
export const Faults = z.array(
  z.strictObject({
    /** Position in what was sent, from 0. */
    index: z.int(),
    path: z.string(),
    got: z.string(),
    expected: z.string(),
    reason: z.string(),
  }),
)

/** What the doors answer when they refuse. */
export const Refusal = z.strictObject({
  code: z.enum(codes),
  /** Code, what happened, what to do next. */
  message: z.string(),
  /** Of statements, which are stored all or none. */
  errors: Faults.optional(),
  /** Of what is taken item by item: nothing of it could be used. */
  accepted: z.literal(0).optional(),
  described: z.literal(0).optional(),
  refused: Faults.optional(),
})

/** What everything else answers to machines when it refuses. */
export const Problem = z.strictObject({ code: z.enum(codes), message: z.string(), next: z.string() })
